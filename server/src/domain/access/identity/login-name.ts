/** Accounts of machines, and accounts of providers whose own name for a person is taken. */
const RESERVED = /^(sensor|execution|worker|oidc|ldap|attune):/i

const MAX_LENGTH = 255

/** What is wrong with a login that somebody chooses; undefined when nothing is. */
export function loginNameProblem(login: string): string | undefined {
  if (login.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`
  if (login !== login.trim() || /\p{Cc}|\p{Zl}|\p{Zp}/u.test(login))
    return 'must not begin or end with a space or hold control characters'
  if (RESERVED.test(login)) return 'must not begin with sensor:, execution:, worker:, oidc:, ldap: or attune:'
  return undefined
}
