import type { Command } from 'commander'
import { Failure } from '../failure.ts'
import { sourceText, withoutLineEnd } from '../input.ts'
import { visible } from '../output/escape.ts'
import { askSecret, type Terminal } from '../terminal.ts'

export type PasswordOptions = { password?: boolean; passwordFile?: string; passwordStdin?: boolean }

/** Adds the ways to give a new password. There is none on the command line: every user of the machine can read that. */
export function takingPassword(command: Command): Command {
  return command
    .option('--password', 'ask for a password')
    .option('--password-file <file>', 'read the password from a file')
    .option('--password-stdin', 'read the password from standard input')
}

/** The new password; undefined where none is wanted. At the terminal it is typed twice. */
export async function newPassword(
  { password = false, passwordFile, passwordStdin = false }: PasswordOptions,
  login: string,
  terminal: Terminal,
): Promise<string | undefined> {
  const ways = [password, passwordFile !== undefined, passwordStdin].filter(Boolean).length
  if (ways === 0) return undefined
  if (ways > 1) throw new Failure('usage', 'Choose one of --password, --password-file and --password-stdin.')
  if (passwordFile !== undefined) return withoutLineEnd(await sourceText(passwordFile, terminal))
  if (passwordStdin) return withoutLineEnd(await sourceText('-', terminal))
  const { stdin, stderr } = terminal
  if (stdin.isTTY !== true)
    throw new Failure(
      'usage',
      'No terminal to ask for the password: use --password-stdin or --password-file.',
    )
  const typed = await askSecret(visible(`New password of ${login}: `), stdin, stderr)
  const again = await askSecret('The same again: ', stdin, stderr)
  if (typed !== again) throw new Failure('usage', 'The two passwords are not the same; nothing was changed.')
  return typed
}
