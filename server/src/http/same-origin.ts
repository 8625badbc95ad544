import { Problem } from '../problem.ts'
import type { Headers } from './cookie.ts'

/**
 * Refuses a request whose credential is a cookie unless it is certain that one of our own pages, or a page of
 * `server.cors_origins`, sent it. Browsers say where a request comes from and let no page change that; where neither
 * header is there, it is not known.
 */
export function requireSameOrigin(headers: Headers, trusted: readonly string[]): void {
  if (isSameOrigin(headers, trusted)) return
  throw new Problem(
    'FORBIDDEN',
    'A cookie counts only in requests of our own pages; send the token as `Authorization: Bearer …`, or name the origin in server.cors_origins.',
  )
}

/** Whether it is certain. */
export function isSameOrigin(headers: Headers, trusted: readonly string[]): boolean {
  const { origin, host } = headers
  if (typeof origin === 'string' && trusted.includes(origin)) return true
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).host === host
}
