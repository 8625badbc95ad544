import type { Readable } from 'node:stream'
import { Problem } from '../problem.ts'
import type { BodyAllowance } from './body-memory.ts'

/** A first piece of memory for a body, which is doubled while it lasts. */
const FIRST_BYTES = 4096

/**
 * The bytes of a body, up to `max_bytes`. They are copied together as they come: pieces of one byte, each an object of
 * its own, would take a hundred times their size. Memory is taken for what has come and not for what is promised.
 */
export function readBody(
  body: Readable,
  { max_bytes, promised, allowance }: { max_bytes: number; promised: number; allowance: BodyAllowance },
): Promise<Buffer> {
  if (promised > max_bytes) return Promise.reject(tooLarge(max_bytes))
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    let length = 0
    function end(settle: () => void): void {
      body.off('data', add).off('end', done).off('error', fail).off('close', leave)
      settle()
    }
    const fail = (error: Error) => end(() => reject(error))
    const done = () => end(() => resolve(bytes.subarray(0, length)))
    const leave = () => fail(new Problem('BAD_REQUEST', 'The body broke off.'))
    function add(chunk: Buffer): void {
      const wanted = length + chunk.length
      if (wanted > max_bytes) return fail(tooLarge(max_bytes))
      if (wanted > bytes.length) {
        const capacity = Math.min(Math.max(wanted, bytes.length * 2, FIRST_BYTES), max_bytes)
        if (!allowance.take(capacity - bytes.length)) return fail(noRoom())
        const grown = Buffer.allocUnsafeSlow(capacity)
        bytes.copy(grown, 0, 0, length)
        bytes = grown
      }
      chunk.copy(bytes, length)
      length = wanted
    }
    body.on('data', add).once('end', done).once('error', fail).once('close', leave)
  })
}

function tooLarge(max_bytes: number): Problem {
  const remedy = 'send less, or store it as an artifact and send its ref'
  return new Problem('PAYLOAD_TOO_LARGE', `The body is larger than the ${max_bytes} bytes allowed here.`, [
    { field: 'body', message: remedy },
  ])
}

export function noRoom(): Problem {
  const message = 'Too many large bodies are on their way at once; send them one after the other.'
  return new Problem('TOO_MANY_REQUESTS', message, [], { retry_after_seconds: 1 })
}
