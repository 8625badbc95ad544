import { createHash, randomBytes } from 'node:crypto'

const PREFIX = 'attune_it_'
const FORM = /^attune_it_[A-Za-z0-9_-]{43}$/

/** What is kept of a secret: enough to find it again and to recognise it, not to use it. */
export type IntegrationSecret = { token_hash: string; token_prefix: string; token_suffix: string }

/** A new secret of 32 random bytes: too many to guess, so a plain hash is enough to keep it. */
export function makeSecret(): { token: string; kept: IntegrationSecret } {
  const token = `${PREFIX}${randomBytes(32).toString('base64url')}`
  return {
    token,
    kept: { token_hash: hashOf(token), token_prefix: token.slice(0, 18), token_suffix: token.slice(-6) },
  }
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** Whether a text can be such a secret at all. */
export function isSecret(token: string): boolean {
  return FORM.test(token)
}
