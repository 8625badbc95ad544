const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The text when it is a UUID, else null: ids of messages come from outside too. */
export function asUuid(text: unknown): string | null {
  return typeof text === 'string' && UUID.test(text) ? text : null
}
