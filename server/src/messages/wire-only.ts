import { definitionOf, isMessageType } from './messages.ts'

/** Larger values stay in their row; a reader outside follows the id. */
const LIMIT = 16 * 1024

type Payload = Readonly<Record<string, unknown>>

/** The payload as our handlers need it. */
export function withoutWireOnly(type: string, payload: Payload): Payload {
  const wireOnly = wireOnlyOf(type)
  if (wireOnly.length === 0) return payload
  return Object.fromEntries(Object.entries(payload).filter(([field]) => !wireOnly.includes(field)))
}

/** The payload as it travels to readers outside: a copy that is large is null. */
export function withSmallCopies(type: string, payload: Payload): Payload {
  return {
    ...payload,
    ...Object.fromEntries(wireOnlyOf(type).map((field) => [field, small(payload[field])])),
  }
}

function wireOnlyOf(type: string): readonly string[] {
  return (isMessageType(type) ? definitionOf(type).wireOnly : undefined) ?? []
}

function small(value: unknown): unknown {
  if (value === null || value === undefined) return null
  return JSON.stringify(value).length <= LIMIT ? value : null
}
