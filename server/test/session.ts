import type { SessionSettings } from '../src/domain/identity/session.ts'
import type { Tokens } from '../src/domain/token/token.ts'

/** Short sessions over plain HTTP. */
export function sessionSettings(tokens: Tokens): SessionSettings {
  return {
    tokens,
    access_ttl_seconds: 60,
    refresh_ttl_seconds: 600,
    secure_cookies: false,
    cors_origins: ['https://ui.example.org'],
  }
}
