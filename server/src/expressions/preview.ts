import type { Json } from '../json.ts'
import { cutText } from './text.ts'
import { measure } from './value.ts'

/**
 * A value short enough to be stored beside a decision and shown to a person: long text is cut, and a large container is
 * given as the beginning of its JSON.
 */
export function preview(value: Json, length = 200): Json {
  if (typeof value === 'string') return cutText(value, length)
  if (typeof value !== 'object' || value === null || measure(value, length) <= length) return value
  const written: Written = { text: '', length: length + 1 }
  write(value, written)
  return cutText(written.text, length)
}

type Written = { text: string; readonly length: number }

/** Writes JSON until there is enough of it, so that a large payload costs no more than what is shown. */
function write(value: Json, written: Written): void {
  if (typeof value === 'string') written.text += JSON.stringify(cutText(value, written.length))
  else if (typeof value !== 'object' || value === null) written.text += String(value)
  else if (Array.isArray(value))
    writeMembers(
      '[]',
      value.map((item) => ['', item]),
      written,
    )
  else
    writeMembers(
      '{}',
      Object.entries(value).map(([key, member]) => [`${JSON.stringify(key)}:`, member]),
      written,
    )
}

function writeMembers(brackets: '[]' | '{}', members: (readonly [string, Json])[], written: Written): void {
  written.text += brackets.charAt(0)
  for (const [i, [label, member]] of members.entries()) {
    if (written.text.length > written.length) return
    written.text += `${i > 0 ? ',' : ''}${label}`
    write(member, written)
  }
  written.text += brackets.charAt(1)
}
