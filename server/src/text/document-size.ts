/** What is wrong with a document that is larger than what is stored. */
export function oversize(value: unknown, limit_bytes: number): string | undefined {
  const size = value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value))
  return size <= limit_bytes ? undefined : `has ${size} bytes and at most ${limit_bytes} are stored`
}
