/** Where a message goes: a queue by name, or every live queue of a broadcast family. */
export type MessageDestination = { kind: 'queue'; name: string } | { kind: 'every'; family: string }

/** A message on its way: routed, identified, not yet written. */
export type OutgoingMessage = {
  type: string
  exchange: string
  routing_key: string
  destinations: readonly MessageDestination[]
  payload: Readonly<Record<string, unknown>>
  message_id: string
  correlation_id: string
  /** Milliseconds from now before it may be delivered. */
  delay_ms: number
}
