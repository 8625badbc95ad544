import { createHmac, timingSafeEqual } from 'node:crypto'

export const algorithms = ['sha1', 'sha256', 'sha512'] as const
export type SignatureAlgorithm = (typeof algorithms)[number]

/** What a call is signed with, and the very bytes that were signed. */
type Signed = { algorithm: SignatureAlgorithm; secret: string; body: Buffer; signature: string | undefined }

/**
 * Whether a signature is that of the body: `sha256=<hex>` or the hexadecimal digits alone. Digits are compared in a
 * time that does not tell how many of them are right.
 */
export function isSigned({ algorithm, secret, body, signature }: Signed): boolean {
  const given = digestOf(signature ?? '', algorithm)
  if (given === undefined) return false
  const expected = createHmac(algorithm, secret).update(body).digest()
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function digestOf(signature: string, algorithm: SignatureAlgorithm): Buffer | undefined {
  const [, named, digits = ''] = /^(?:(\w+)=)?([0-9a-fA-F]+)$/.exec(signature.trim()) ?? []
  if (named !== undefined && named.toLowerCase() !== algorithm) return undefined
  return digits.length > 0 && digits.length % 2 === 0 ? Buffer.from(digits, 'hex') : undefined
}
