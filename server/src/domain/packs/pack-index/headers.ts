import type { Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { HIDDEN, type PackRegistryIndex } from './registry.ts'

/** Headers as they are stored. */
type Stored = Pick<PackRegistryIndex, 'headers' | 'encryption_key_hash'>

const MAX_HEADERS = 20
const name = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
const value = /^[\x20-\x7e]{1,4096}$/
/** What the request itself decides. */
const reserved =
  /^(host|content-length|transfer-encoding|connection|accept-encoding|upgrade|te|trailer|expect)$/i

/** Encrypts headers one by one. A value that is shown as hidden is the one that is there. */
export function sealHeaders(
  cipher: Cipher,
  given: Readonly<Record<string, string>>,
  before?: Stored,
): Stored {
  const known = before === undefined ? {} : openHeaders(cipher, before)
  const headers = Object.entries(given).map(([key, text]): [string, string] => {
    const plain = text === HIDDEN ? (known[key] ?? text) : text
    if (!name.test(key) || reserved.test(key)) throw refusal(key, 'is not a header that can be sent')
    if (!value.test(plain) || plain === HIDDEN) throw refusal(key, 'has a value that cannot be sent')
    return [key, cipher.encrypt(plain)]
  })
  if (headers.length > MAX_HEADERS) throw refusal('', `has more than ${MAX_HEADERS} members`)
  return {
    headers: Object.fromEntries(headers),
    encryption_key_hash: headers.length === 0 ? null : cipher.key_hash,
  }
}

/** The headers to send with a request. */
export function openHeaders(
  cipher: Cipher,
  { headers, encryption_key_hash }: Stored,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([key, text]) => [key, opened(cipher, text, encryption_key_hash)]),
  )
}

function opened(cipher: Cipher, sealed: Json, key_hash: string | null): string {
  const plain = typeof sealed === 'string' ? cipher.decrypt(sealed, key_hash) : null
  if (typeof plain !== 'string') throw new Error('A header of a pack index is not as it was stored.')
  return plain
}

function refusal(key: string, message: string): Problem {
  const field = key === '' ? 'headers' : `headers.${key}`
  return new Problem('VALIDATION_ERROR', `${field}: ${message}`, [{ field, message }])
}
