import { readFileSync } from 'node:fs'
import { Failure } from './failure.ts'
import { type Format, formats } from './output/output.ts'
import { type Config, defaultProfile, defaultUrl, type Profile } from './profile.ts'

/** The options that every command takes, as the parser hands them over. */
export type Globals = {
  profile?: string
  apiUrl?: string
  output?: string
  json?: boolean
  yaml?: boolean
  quiet?: boolean
  verbose?: boolean
}

/** What to send, and whether a renewed pair goes back to the profile or dies with the process. */
export type Tokens = { access: string | undefined; refresh: string | undefined; kept: boolean }

export type Settings = {
  profile: string
  url: string
  username: string | undefined
  format: Format
  quiet: boolean
  verbose: boolean
  tokens: Tokens
}

/** Flags win over the environment, the environment over the profile. */
export function resolveSettings(globals: Globals, env: NodeJS.ProcessEnv, config: Config): Settings {
  const named = globals.profile ?? given(env.ATTUNE_PROFILE)
  const name = named ?? config.profile
  const profile = config.profiles.get(name)
  const url = apiUrl(globals.apiUrl ?? given(env.ATTUNE_API_URL) ?? profile?.api_url ?? defaultUrl)
  return {
    profile: name,
    url,
    username: profile?.username,
    format: formatOf(globals, config),
    quiet: globals.quiet ?? false,
    verbose: globals.verbose ?? false,
    tokens: tokensOf(env, profile, url),
  }
}

/** A profile that was named must exist, except for the command that creates it. */
export function requireProfile({ profile }: Settings, config: Config): void {
  if (profile === defaultProfile || config.profiles.has(profile)) return
  const known = [...config.profiles.keys()].sort().join(', ')
  const hint = `Create it with \`attune login --profile ${profile} --api-url URL\``
  throw new Failure(
    'usage',
    `There is no profile '${profile}'. ${hint}${known === '' ? '.' : `, or use: ${known}.`}`,
  )
}

/** A base URL without a trailing slash; credentials in it would end up in logs and are refused. */
export function apiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Failure('usage', `'${text}' is not an API URL: write it like https://attune.example.com.`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Failure(
      'usage',
      'An API URL holds scheme, host, port and path only; log in with `attune login`.',
    )
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/**
 * A token from the environment goes where the caller says. A stored token goes only to the server that issued
 * it: `--api-url` must not be a way to hand it to another host.
 */
function tokensOf(env: NodeJS.ProcessEnv, profile: Profile | undefined, url: string): Tokens {
  const access =
    given(env.ATTUNE_API_TOKEN) ?? given(env.ATTUNE_AUTH_TOKEN) ?? tokenIn(env.ATTUNE_API_TOKEN_FILE)
  if (access !== undefined) return { access, refresh: given(env.ATTUNE_REFRESH_TOKEN), kept: false }
  if (profile === undefined || apiUrl(profile.api_url) !== url) {
    return { access: undefined, refresh: undefined, kept: false }
  }
  return { access: profile.auth_token, refresh: profile.refresh_token, kept: true }
}

/** What an action or a sensor is given. Read anew by every command: it is renewed while they run. */
function tokenIn(file: string | undefined): string | undefined {
  if (given(file) === undefined) return undefined
  try {
    return given(readFileSync(file ?? '', 'utf8').trim())
  } catch (error) {
    throw new Failure(
      'usage',
      `ATTUNE_API_TOKEN_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
}

function formatOf(globals: Globals, config: Config): Format {
  const asked = [
    globals.output,
    globals.json === true ? 'json' : undefined,
    globals.yaml === true ? 'yaml' : undefined,
  ]
  const chosen = asked.filter((format) => format !== undefined)
  if (chosen.length > 1) throw new Failure('usage', 'Choose one of --output, --json and --yaml.')
  const name = chosen[0] ?? config.format ?? 'table'
  const format = formats.find((format) => format === name)
  if (format === undefined)
    throw new Failure('usage', `'${name}' is not an output format: ${formats.join(', ')}.`)
  return format
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
