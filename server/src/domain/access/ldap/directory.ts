import { randomBytes } from 'node:crypto'
import {
  Client,
  InvalidCredentialsError,
  InvalidDNSyntaxError,
  NoSuchObjectError,
  ResultCodeError,
  type SearchOptions,
} from 'ldapts'
import { Problem } from '../../../problem.ts'
import type { DirectoryEntry } from './entry.ts'
import { filled, filterValue, nameValue } from './escape.ts'
import type { LdapSettings } from './settings.ts'

const TIMEOUT_MS = 10_000

export type Credentials = { login: string; password: string }

/** Asks a directory whether a password is right. Answers the entry of the person, or undefined when it is not. */
export type Directory = (credentials: Credentials) => Promise<DirectoryEntry | undefined>

export function createDirectory(settings: LdapSettings & { url: string }): Directory {
  return async (credentials) => {
    // Directories take a bind without a password for an anonymous one, which succeeds for everybody.
    if (credentials.password === '') return undefined
    try {
      return settings.bind_dn_template === undefined
        ? await searchAndBind(settings, credentials)
        : await bindDirectly(settings, settings.bind_dn_template, credentials)
    } catch (error) {
      throw away(error)
    }
  }
}

type Connected = LdapSettings & { url: string }

/** The name of the entry is known from the login. */
async function bindDirectly(
  settings: Connected,
  template: string,
  { login, password }: Credentials,
): Promise<DirectoryEntry | undefined> {
  const dn = bindName(template, login)
  if (dn === undefined) return undefined
  return connected(settings, async (client) => {
    if (!(await binds(client, dn, password))) return undefined
    if (settings.user_search_base !== undefined) return findOne(client, settings, login)
    const [entry] = await search(client, dn, { scope: 'base', filter: '(objectClass=*)' }, settings)
    return entry ?? { dn }
  })
}

/** Some servers take other names than those of entries (`{login}@corp.example`): there only plain logins are tried. */
function bindName(template: string, login: string): string | undefined {
  if (template.includes('=')) return filled(template, nameValue(login))
  return /^[\w.-]+$/.test(login) ? filled(template, login) : undefined
}

/** The entry is looked for, as whoever may do that; then its own name and the password are tried. */
async function searchAndBind(
  settings: Connected,
  { login, password }: Credentials,
): Promise<DirectoryEntry | undefined> {
  const { search_bind_dn, search_bind_password = '', user_search_base = '' } = settings
  const entry = await connected(settings, async (client) => {
    if (search_bind_dn !== undefined) await client.bind(search_bind_dn, search_bind_password)
    return findOne(client, settings, login)
  })
  // Where there is no entry a bind fails too, so that the time it takes does not tell who has one.
  const dn = entry?.dn ?? `cn=${randomBytes(8).toString('hex')},${user_search_base}`
  const known = await connected(settings, (client) => binds(client, dn, password))
  return known ? entry : undefined
}

/** Several entries are nobody: which one is meant is not for us to say. */
async function findOne(
  client: Client,
  settings: Connected,
  login: string,
): Promise<DirectoryEntry | undefined> {
  const filter = filled(settings.user_filter, filterValue(login))
  const base = settings.user_search_base ?? ''
  const found = await search(client, base, { scope: 'sub', filter, sizeLimit: 2 }, settings)
  return found.length === 1 ? found[0] : undefined
}

async function search(
  client: Client,
  base: string,
  options: SearchOptions,
  { login_attr, email_attr, display_name_attr, group_attr }: LdapSettings,
): Promise<DirectoryEntry[]> {
  const attributes = [login_attr, email_attr, display_name_attr, group_attr]
  const { searchEntries } = await client.search(base, { ...options, attributes })
  return searchEntries
}

/** Whether the directory takes the password for the name. */
async function binds(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password)
    return true
  } catch (error) {
    const refused =
      error instanceof InvalidCredentialsError ||
      error instanceof NoSuchObjectError ||
      error instanceof InvalidDNSyntaxError
    if (refused) return false
    throw error
  }
}

/** A connection of its own for each step: what is bound as one never asks as another. */
async function connected<Result>(
  settings: Connected,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { url, starttls } = settings
  const tlsOptions = tlsOf(settings)
  const client = new Client({
    url,
    timeout: TIMEOUT_MS,
    connectTimeout: TIMEOUT_MS,
    ...(url.startsWith('ldaps:') ? { tlsOptions } : {}), // with them the client speaks TLS on ldap:// too
  })
  try {
    // A server that refuses ends this here: no password is sent in the clear.
    if (starttls) await client.startTLS(tlsOptions)
    return await work(client)
  } finally {
    await client.unbind().catch(() => undefined)
  }
}

function tlsOf({ url, danger_skip_tls_verify, ca }: Connected) {
  const host = new URL(url).hostname.replaceAll(/^\[|\]$/g, '')
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host)
  return {
    host,
    ...(isAddress ? {} : { servername: host }),
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: !danger_skip_tls_verify,
  }
}

/** What the directory answered stays in the log: it may name entries. */
function away(error: unknown): Problem {
  const message =
    error instanceof ResultCodeError
      ? 'The directory refuses to answer; check security.ldap.'
      : 'The directory cannot be reached; try again shortly.'
  const problem = new Problem('SERVICE_UNAVAILABLE', message)
  problem.cause = error
  return problem
}
