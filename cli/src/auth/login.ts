import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { sourceText, withoutLineEnd } from '../input.ts'
import { visible } from '../output/escape.ts'
import { type Preparation, saveTokens, type Shell } from '../shell.ts'
import { askSecret, type Terminal } from '../terminal.ts'

type Options = { username?: string; passwordFile?: string; passwordStdin?: boolean }

/** `attune login`: trades login and password for tokens and keeps them in the profile. */
export function login(shell: Shell): Command {
  return new Command('login')
    .description('log in and keep the session in the profile, which is created if need be')
    .option('-u, --username <login>', 'login (default: the one of the profile, else admin)')
    .option('--password-file <file>', 'read the password from a file')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (options: Options) => {
      const prepared = await shell.prepare()
      const { settings, file } = prepared
      const username = options.username ?? settings.username ?? 'admin'
      const password = await readPassword(
        options,
        `Password of ${username} at ${settings.url}: `,
        shell.terminal,
      )
      const tokens = await shell.connect(settings, file).login(username, password)
      const identity = { api_url: settings.url, username, auth_method: 'direct' }
      await saveTokens(file, settings.profile, tokens, identity)
      report(prepared, username, {
        access_token: tokens.access,
        refresh_token: tokens.refresh,
        expires_in: tokens.expiresIn,
      })
      if ((shell.terminal.env.ATTUNE_API_TOKEN ?? '') !== '') {
        prepared.out.warn('ATTUNE_API_TOKEN is set and is used instead of this session.')
      }
    })
}

function report(
  { settings, out }: Preparation,
  username: string,
  tokens: Record<string, string | number>,
): void {
  out.notice(`Logged in to ${settings.url} as ${username} (profile '${settings.profile}').`)
  if (out.format !== 'table' && !out.quiet) out.value(tokens)
}

/** Never from the command line: every user of the machine can read that. */
async function readPassword(options: Options, question: string, terminal: Terminal): Promise<string> {
  const { passwordFile, passwordStdin } = options
  if (passwordFile !== undefined && passwordStdin === true) {
    throw new Failure('usage', 'Choose one of --password-file and --password-stdin.')
  }
  if (passwordStdin === true) return withoutLineEnd(await sourceText('-', terminal))
  if (passwordFile !== undefined) return withoutLineEnd(await sourceText(passwordFile, terminal))
  if (terminal.stdin.isTTY === true) return askSecret(visible(question), terminal.stdin, terminal.stderr)
  throw new Failure('usage', 'No terminal to ask for the password: use --password-stdin or --password-file.')
}
