import type { EndedRun } from '../action-runner/run.ts'
import type { JsonObject } from '../json.ts'

/** Room for the other keys of a result beside its output. */
const ENVELOPE_BYTES = 64 * 1024

/**
 * Keeps a result within what a row may hold. Whoever reads `data` must get all of it or an error, so an action
 * fails when its parsed output is larger or was cut before it could be parsed. Raw text is cut with a notice, its
 * log has the rest.
 */
export function fitResult(ended: EndedRun, limits: { bytes: number; output_format: string }): EndedRun {
  if (
    ended.status === 'completed' &&
    limits.output_format !== 'text' &&
    ended.result.stdout_truncated === true
  ) {
    const remedy = 'write larger output as an artifact'
    return failed(ended, `The output was cut, so it cannot be read as ${limits.output_format}; ${remedy}.`)
  }
  const size = bytesOf(ended.result)
  if (size <= limits.bytes) return ended
  if (bytesOf(ended.result.data) <= limits.bytes - ENVELOPE_BYTES) {
    return { ...ended, result: cutTexts(ended.result, limits.bytes) }
  }
  const stored = `at most ${limits.bytes} can be stored`
  return failed(ended, `The result has ${size} bytes and ${stored}; write larger output as an artifact.`)
}

function failed({ result, ...ended }: EndedRun, error: string): EndedRun {
  const { data: _, queue_ack: __, stdout: ___, ...rest } = result
  return { ...ended, status: 'failed', result: { ...rest, status: 'failed', succeeded: false, error } }
}

function cutTexts(result: JsonObject, limitBytes: number): JsonObject {
  const budget = Math.floor((limitBytes - ENVELOPE_BYTES) / 2)
  const cut: JsonObject = { ...result }
  for (const key of ['stdout', 'stderr', 'error']) {
    const text = cut[key]
    if (typeof text === 'string' && Buffer.byteLength(JSON.stringify(text)) > budget) {
      cut[key] =
        `${cutToBytes(text, budget)}\n\n[OUTPUT TRUNCATED: ${key} exceeded the size of a stored result; the log has the rest]\n`
      cut[`${key}_truncated`] = true
    }
  }
  return cut
}

/** The longest beginning whose JSON form has at most `bytes`. */
function cutToBytes(text: string, bytes: number): string {
  let low = 0
  let high = text.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (Buffer.byteLength(JSON.stringify(text.slice(0, middle))) <= bytes) low = middle
    else high = middle - 1
  }
  return text.slice(0, low).replace(/[\uD800-\uDBFF]$/, '')
}

function bytesOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value))
}
