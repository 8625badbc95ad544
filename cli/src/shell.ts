import { readFileSync } from 'node:fs'
import { type Api, connect as connectApi } from '@attune/client/dist/api.js'
import type { LoggedOut, TokenPair, Tokens } from '@attune/client/dist/session.js'
import { type Exit, exits } from './exit.ts'
import { Failure } from './failure.ts'
import { isJsonObject } from './json.ts'
import { createOutput, type Output } from './output/output.ts'
import { type Config, configFile, readConfig, saveProfile } from './profile.ts'
import { apiUrl, type Globals, requireProfile, resolveSettings, type Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What a command works with once flags, environment and profile are known. */
export type Session = { client: Api; out: Output; settings: Settings }

/** Settings before anything is sent, with the file they come from: for commands that change the profile. */
export type Preparation = { settings: Settings; config: Config; file: string; out: Output }

/** One run of the program, as commands see it. */
export type Shell = {
  readonly terminal: Terminal
  /** Settings of this call; the profile need not exist. */
  prepare(): Promise<Preparation>
  /** A session on an existing profile. */
  open(): Promise<Session>
  /** A client that sends as `settings` say. */
  connect(settings: Settings, file: string): Api
  /** Ends the process with this code once the command has returned. */
  finish(exit: Exit): void
  readonly code: number
}

export const version = readVersion()

/** `globals` is asked when a command runs: only then has the command line been read. */
export function createShell(terminal: Terminal, globals: () => Globals): Shell {
  let code: number = exits.ok
  const shell: Shell = {
    terminal,
    async prepare() {
      const file = configFile(terminal.env)
      const config = await readConfig(file)
      const settings = resolveSettings(globals(), terminal.env, config)
      return { settings, config, file, out: createOutput({ ...settings, ...terminal }) }
    },
    async open() {
      const { settings, config, file, out } = await shell.prepare()
      requireProfile(settings, config)
      return { client: shell.connect(settings, file), out, settings }
    },
    connect: (settings, file) => connect(terminal, settings, file),
    finish(exit) {
      code = exits[exit]
    },
    get code() {
      return code
    },
  }
  return shell
}

function connect(terminal: Terminal, settings: Settings, file: string): Api {
  const { profile, tokens, url, verbose } = settings
  return connectApi({
    url,
    headers: { 'user-agent': `attune-cli/${version}` },
    signal: terminal.signal,
    trace: (line) => {
      if (verbose) terminal.stderr.write(`${line}\n`)
    },
    tokens,
    store: {
      keep: (pair) => (tokens.kept ? saveTokens(file, profile, pair) : Promise.resolve()),
      kept: () => keptTokens(file, settings),
      loggedOut: (why) => loggedOut(why, settings),
    },
  })
}

function loggedOut(why: LoggedOut['why'], { url, profile }: Settings): Failure {
  const session = `profile '${profile}'`
  switch (why) {
    case 'no session': {
      const remedy = `Run \`attune login --api-url ${url}\` or set ATTUNE_API_TOKEN.`
      return new Failure('unauthenticated', `Not logged in to ${url} (${session}). ${remedy}`)
    }
    case 'ended':
      return new Failure('unauthenticated', `The session of ${session} has ended. Run \`attune login\`.`)
  }
}

/** What the profile holds now, if it is still the same account of the same server. */
async function keptTokens(
  file: string,
  { profile, url, username, tokens }: Settings,
): Promise<Tokens | undefined> {
  if (!tokens.kept) return undefined
  const stored = (await readConfig(file)).profiles.get(profile)
  if (stored?.refresh_token === undefined) return undefined
  if (stored.username !== username || apiUrl(stored.api_url) !== url) return undefined
  return { access: stored.auth_token, refresh: stored.refresh_token }
}

/** Keeps a token pair in the addressed profile and in no other. */
export function saveTokens(
  file: string,
  profile: string,
  tokens: TokenPair,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  return saveProfile(file, profile, { ...more, auth_token: tokens.access, refresh_token: tokens.refresh })
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return isJsonObject(manifest) && typeof manifest.version === 'string' ? manifest.version : '0.0.0'
}
