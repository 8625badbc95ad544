import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { definitionOf, isMessageType } from '../messages.ts'
import type { Delivery } from '../transport.ts'

/** The JSON object that travels. Unknown fields are ignored, optional ones may be missing or null. */
const Envelope = Type.Object({
  message_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  correlation_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  message_type: Type.String(),
  version: Type.Optional(Type.String()),
  timestamp: Type.Optional(Type.String()),
  headers: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
  payload: Type.Object({}, { additionalProperties: true }),
})
type Envelope = Static<typeof Envelope>
const shape = Compile(Envelope)

export type EnvelopedMessage = {
  type: string
  payload: unknown
  message_id: string
  correlation_id: string
  attempt: number
  first_failed_at: string | null
}

/** A message as bytes for the broker. */
export function encode(message: EnvelopedMessage, now: Date): Buffer {
  const envelope: Envelope = {
    message_id: message.message_id,
    correlation_id: message.correlation_id,
    message_type: wireName(message.type),
    version: '1.0',
    timestamp: now.toISOString(),
    headers: {
      retry_count: message.attempt,
      source_service: 'attune',
      ...(message.first_failed_at === null ? {} : { first_failed_at: message.first_failed_at }),
    },
    payload: message.payload as Envelope['payload'], // publish() takes objects only
  }
  return Buffer.from(JSON.stringify(envelope))
}

/** What arrived, or why it cannot be read. Never throws: bytes from outside may be anything. */
export function decode(content: Buffer): { delivery: Delivery } | { problem: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(content.toString('utf8'))
  } catch (error) {
    return { problem: `Not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (!shape.Check(parsed))
    return { problem: 'Not an envelope: message_type and an object payload are needed.' }
  return {
    delivery: {
      type: parsed.message_type,
      payload: parsed.payload,
      message_id: parsed.message_id ?? '',
      correlation_id: parsed.correlation_id ?? parsed.message_id ?? '',
      attempt: countOf(parsed.headers?.retry_count),
      first_failed_at: momentOf(parsed.headers?.first_failed_at),
    },
  }
}

/** Headers from outside may say anything. */
function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1000 ? value : 0
}

/** RFC 3339 in UTC, as the database writes it. */
const MOMENT = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

function momentOf(value: unknown): string | null {
  return typeof value === 'string' && MOMENT.test(value) && !Number.isNaN(Date.parse(value)) ? value : null
}

function wireName(type: string): string {
  return isMessageType(type) ? (definitionOf(type).wireType ?? type) : type
}
