import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { Json } from '../../json.ts'
import { Problem } from '../../problem.ts'

/** Encrypts single JSON values: AES-256-GCM under SHA-256 of the configured key, as base64(nonce ‖ text ‖ tag). */
export type Cipher = {
  /** Names the key a value was encrypted with, so that keys can be changed one day. */
  readonly key_hash: string
  encrypt(value: Json): string
  /** Throws a Problem when the value was encrypted with another key or was tampered with. */
  decrypt(encrypted: string, key_hash: string | null): Json
}

const NONCE = 12
const TAG = 16

export function createCipher(encryptionKey: string): Cipher {
  const key = createHash('sha256').update(encryptionKey).digest()
  const key_hash = createHash('sha256').update(key).digest('hex').slice(0, 16)
  return {
    key_hash,
    encrypt(value) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64')
    },
    decrypt(encrypted, hash) {
      if (hash !== null && hash !== key_hash) {
        throw new Problem(
          'UNPROCESSABLE_ENTITY',
          'A secret was encrypted with another security.encryption_key; configure that key.',
        )
      }
      const bytes = Buffer.from(encrypted, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE))
      decipher.setAuthTag(bytes.subarray(-TAG))
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()])
      return JSON.parse(text.toString('utf8')) as Json
    },
  }
}
