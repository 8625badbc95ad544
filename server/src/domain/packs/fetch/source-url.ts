import { Problem } from '../../../problem.ts'
import { quoted } from '../archive/archive-entry.ts'

/** Whom packs and indexes may be fetched from. */
export type HostRules = {
  allow_http: boolean
  /** Hosts that may be asked; null for any. */
  allowed_hosts: readonly string[] | null
  /** Hosts that may be in a private network or on this machine. */
  private_hosts: readonly string[]
}

const MAX_URL = 2048

export function refusedSource(message: string, field = 'source'): Problem {
  return new Problem('BAD_REQUEST', `${field}: ${message}`, [{ field, message }])
}

/** The URL of a source that may be asked, as far as it shows in the text. Addresses are checked when they are known. */
export function checkedUrl(text: string, rules: HostRules, field = 'source'): URL {
  const url = plainUrl(text, field)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.allow_http)) {
    throw refusedSource(
      url.protocol === 'http:'
        ? 'must begin with https://; pack_registry.allow_http permits http://'
        : `must begin with https://, not with ${quoted(url.protocol)}`,
      field,
    )
  }
  checkHost(url.hostname, rules, field)
  return url
}

/** A text that every reader of URLs reads alike. */
export function plainUrl(text: string, field = 'source'): URL {
  if (text.length > MAX_URL) throw refusedSource(`is longer than ${MAX_URL} characters`, field)
  if (/[\p{Cc}\p{Cf}\p{Z}\\]/u.test(text))
    throw refusedSource('has blanks, control characters or backslashes', field)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw refusedSource('is not a URL', field)
  if (url.username !== '' || url.password !== '') {
    throw refusedSource('must not have credentials in it; give the index the headers it needs instead', field)
  }
  return url
}

export function checkHost(hostname: string, { allowed_hosts }: HostRules, field = 'source'): void {
  if (hostname === '') throw refusedSource('names no host', field)
  if (allowed_hosts !== null && !includesHost(allowed_hosts, hostname)) {
    throw refusedSource(`the host ${quoted(hostname)} is not in pack_registry.allowed_source_hosts`, field)
  }
}

export function includesHost(hosts: readonly string[], hostname: string): boolean {
  return hosts.some((host) => plainHost(host) === plainHost(hostname))
}

/** Without the dot that ends a full name, and without the brackets of an address. */
export function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[|\]$/g, '')
}

/** A URL as it may be told and stored: what stands in its query may be a secret. */
export function shownUrl(url: URL): string {
  return `${url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin}${url.pathname}`
}
