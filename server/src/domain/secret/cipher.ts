import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { Json } from '../../json.ts'
import { Problem } from '../../problem.ts'

/**
 * Encrypts single JSON values: AES-256-GCM under SHA-256 of a configured key, as base64(nonce ‖ text ‖ tag). It is a
 * ring of keys: the current one encrypts, those that came before it still decrypt, until everything that is stored
 * was encrypted anew.
 */
export type Cipher = {
  /** Names the current key; kept with every value that it encrypts. */
  readonly key_hash: string
  /** Names the keys that decrypt besides the current one. */
  readonly previous_hashes: readonly string[]
  encrypt(value: Json): string
  /** Throws a Problem when no key of the ring is the value's, or when the value was tampered with. */
  decrypt(encrypted: string, key_hash: string | null): Json
}

const NONCE = 12
const TAG = 16

export function createCipher(encryptionKey: string, previousKeys: readonly string[] = []): Cipher {
  const current = ringKey(encryptionKey)
  const ring = new Map([current, ...previousKeys.map(ringKey)].toReversed().map((key) => [key.hash, key]))
  return {
    key_hash: current.hash,
    previous_hashes: [...ring.keys()].filter((hash) => hash !== current.hash),
    encrypt: (value) => seal(current.bytes, JSON.stringify(value)),
    decrypt(encrypted, hash) {
      const keys = hash === null ? [current, ...ring.values()] : [ring.get(hash)]
      for (const key of keys) {
        const text = key === undefined ? undefined : unseal(key.bytes, encrypted)
        if (text !== undefined) return JSON.parse(text) as Json
      }
      throw undecryptable(hash !== null && ring.has(hash))
    },
  }
}

type RingKey = { hash: string; bytes: Buffer }

function ringKey(encryptionKey: string): RingKey {
  const bytes = createHash('sha256').update(encryptionKey).digest()
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex').slice(0, 16) }
}

function seal(key: Buffer, value: string): string {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64')
}

/** Undefined when the value was not made with this key. */
function unseal(key: Buffer, encrypted: string): string | undefined {
  const bytes = Buffer.from(encrypted, 'base64')
  if (bytes.length < NONCE + TAG) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAuthTag(bytes.subarray(-TAG))
  const text = decipher.update(bytes.subarray(NONCE, -TAG))
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined // the tag does not fit
  }
}

function undecryptable(hasKey: boolean): Problem {
  return new Problem(
    'UNPROCESSABLE_ENTITY',
    hasKey
      ? 'A stored secret is damaged and cannot be decrypted; set it again.'
      : 'A secret was encrypted with a key that is not configured; add that key to security.previous_encryption_keys.',
  )
}
