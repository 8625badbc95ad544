import { createHash } from 'node:crypto'
import { networkOf } from '../../caller/client-network.ts'
import { loginForm } from './login-form.ts'

/** So many failures at once, and one more after each interval. */
export type Limit = { burst: number; interval_seconds: number }

/*
 * What slows guessing down. The first limit is the one that people meet; the second stops one address that tries many
 * logins, the third many addresses that try one login. No limit is ever closed for longer than one interval: whoever
 * keeps failing delays others and locks nobody out. The third does not count at an address where the login succeeded
 * lately, so its owner gets in while others guess.
 */
export const limits = {
  login_at_address: { burst: 5, interval_seconds: 30 },
  login: { burst: 50, interval_seconds: 20 },
  address: { burst: 50, interval_seconds: 5 },
} as const satisfies Record<string, Limit>
export type LimitName = keyof typeof limits

/** Days that an address counts as one of a login's own. */
export const OWN_ADDRESS_DAYS = 30

/** Who tries: the login as typed, with the kind of account that it is tried at, and from where. */
export type LoginSource = { provider: 'local' | 'ldap' | 'token'; login: string; client_ip: string }

export type Keys = Readonly<Record<LimitName | 'own_address', Buffer>>

/** What the limits of an attempt are kept under. */
export function keysOf({ provider, login: typed, client_ip }: LoginSource): Keys {
  const login = loginForm(typed)
  const address = networkOf(client_ip)
  return {
    login_at_address: keyOf('login_at_address', provider, login, address),
    login: keyOf('login', provider, login),
    address: keyOf('address', address),
    own_address: keyOf('own_address', provider, login, address),
  }
}

function keyOf(...parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest()
}
