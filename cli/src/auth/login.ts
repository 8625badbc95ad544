import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command, Option } from 'commander'
import { Failure } from '../failure.ts'
import { positiveInteger } from '../input.ts'
import { type Preparation, saveTokens, type Shell } from '../shell.ts'
import { type BroughtSession, browserLogin } from './browser-login.ts'
import { readSecret } from './secret.ts'

type Options = {
  username?: string
  passwordFile?: string
  passwordStdin?: boolean
  ldap?: boolean
  token?: boolean
  tokenFile?: string
  tokenStdin?: boolean
  sso?: boolean
  browser: boolean
  port?: number
}

type Way = 'direct' | 'ldap' | 'token' | 'sso'

/** `attune login`: trades a credential for tokens and keeps them in the profile. */
export function login(shell: Shell): Command {
  return new Command('login')
    .description('log in and keep the session in the profile, which is created if need be')
    .option('-u, --username <login>', 'login (default: the one of the profile, else admin)')
    .option('--password-file <file>', 'read the password from a file')
    .option('--password-stdin', 'read the password from standard input')
    .option('--ldap', 'the password is that of the directory (LDAP)')
    .option('--sso', 'log in at the identity provider, in the browser')
    .option('--no-browser', 'with --sso: print the address instead of opening it')
    .addOption(
      new Option(
        '--port <port>',
        'with --sso: where to wait for the browser (default: a free port)',
      ).argParser(positiveInteger('a port', 65_535)),
    )
    .option('--token', 'log in with an integration token, which is asked for')
    .option('--token-file <file>', 'read the integration token from a file')
    .option('--token-stdin', 'read the integration token from standard input')
    .action(async (options: Options) => {
      const way = wayOf(options)
      const prepared = await shell.prepare()
      const { settings, file } = prepared
      const session = await trade(way, options, { shell, prepared })
      const { access_token, refresh_token, expires_in } = session
      const username = session.login ?? options.username ?? settings.username ?? 'admin'
      const tokens = { access: access_token, refresh: refresh_token }
      await saveTokens(file, settings.profile, tokens, {
        api_url: settings.url,
        username,
        auth_method: way,
      })
      const sentence = `Logged in to ${settings.url} as ${username} (profile '${settings.profile}').`
      prepared.out.outcome({ access_token, refresh_token, expires_in }, sentence)
      if ((shell.terminal.env.ATTUNE_API_TOKEN ?? '') !== '') {
        prepared.out.warn('ATTUNE_API_TOKEN is set and is used instead of this session.')
      }
    })
}

function wayOf({ ldap, sso, token, tokenFile, tokenStdin, ...options }: Options): Way {
  const byToken = token === true || tokenFile !== undefined || tokenStdin === true
  const ways: Way[] = [
    ...(ldap === true ? (['ldap'] as const) : []),
    ...(sso === true ? (['sso'] as const) : []),
    ...(byToken ? (['token'] as const) : []),
  ]
  const [way = 'direct', ...more] = ways
  if (more.length > 0) throw new Failure('usage', 'Choose one of --sso, --ldap and --token.')
  const byPassword = options.passwordFile !== undefined || options.passwordStdin === true
  if (byPassword && (way === 'sso' || way === 'token'))
    throw new Failure('usage', `With --${way} there is no password.`)
  return way
}

async function trade(
  way: Way,
  options: Options,
  { shell, prepared: { settings, file, out } }: { shell: Shell; prepared: Preparation },
): Promise<BroughtSession> {
  const client = shell.connect(settings, file)
  // Too many failed logins are for the person to know of, not to sit out.
  const fetch = client.sending({ anonymous: true, impatient: true })
  switch (way) {
    case 'sso':
      return browserLogin(client, { open: options.browser, port: options.port ?? 0 }, { ...shell, out })
    case 'token': {
      const question = `Integration token for ${settings.url}: `
      const source = { file: options.tokenFile, piped: options.tokenStdin === true }
      const token = await readSecret({ what: 'token', question, ...source }, shell.terminal)
      const body = { token: token.trim() }
      return named(await dataOf(client.POST('/auth/token-login', { body, fetch })))
    }
    case 'ldap':
    case 'direct': {
      const login = options.username ?? settings.username ?? 'admin'
      const question = `Password of ${login} at ${settings.url}: `
      const source = { file: options.passwordFile, piped: options.passwordStdin === true }
      const password = await readSecret({ what: 'password', question, ...source }, shell.terminal)
      const path = way === 'ldap' ? '/auth/ldap/login' : '/auth/login'
      return named(await dataOf(client.POST(path, { body: { login, password }, fetch })))
    }
  }
}

function named({ user, ...session }: Schemas['Session']): BroughtSession {
  return { ...session, login: user?.login }
}
