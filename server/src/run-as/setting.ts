/** The setting `run_as`, read. */
export type RunAs =
  /** As root accounts that nobody else has, else as this process itself. */
  | { kind: 'auto' }
  | { kind: 'self' }
  | { kind: 'user'; name: string }
  | { kind: 'range'; from: number; to: number }

/** Beyond this some programs take a uid for a negative number. */
const MAX_UID = 2 ** 31 - 1

/** Undefined when the text is none of what run_as may be. */
export function parseRunAs(text: string): RunAs | undefined {
  if (text === 'auto' || text === 'self') return { kind: text }
  if (/^\d+-\d+$/.test(text)) return rangeIn(text)
  if (/^\d+$/.test(text)) return isUid(Number(text)) ? { kind: 'user', name: text } : undefined
  return /^[a-z_][a-z0-9_.-]*$/i.test(text) && text !== 'root' ? { kind: 'user', name: text } : undefined
}

function rangeIn(text: string): RunAs | undefined {
  const [from = 0, to = 0] = text.split('-').map(Number)
  return isUid(from) && isUid(to) && from <= to ? { kind: 'range', from, to } : undefined
}

function isUid(uid: number): boolean {
  return uid > 0 && uid <= MAX_UID
}
