import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { sourceText } from '../input.ts'
import type { Shell } from '../shell.ts'
import { askSecret, type Terminal } from '../terminal.ts'

/** `attune password`: changes the password of who is logged in. */
export function password(shell: Shell): Command {
  return new Command('password')
    .description('change your password')
    .option('--stdin', 'read the current and the new password from standard input, one a line')
    .action(async ({ stdin }: { stdin?: boolean }) => {
      const { client, out } = await shell.open()
      await dataOf(client.GET('/auth/me')) // renews the session where that is due: the next call does not
      const passwords = stdin === true ? await pipedPair(shell.terminal) : await askPair(shell.terminal)
      await dataOf(
        client.POST('/auth/change-password', { body: passwords, fetch: client.sending({ once: true }) }),
      )
      out.notice('The password is changed. Every other session is ended.')
    })
}

type Pair = { current_password: string; new_password: string }

async function pipedPair(terminal: Terminal): Promise<Pair> {
  const [current_password = '', new_password = ''] = (await sourceText('-', terminal)).split(/\r?\n/)
  if (current_password === '' || new_password === '')
    throw new Failure('usage', '--stdin wants two lines: the current password and the new one.')
  return { current_password, new_password }
}

async function askPair({ stdin, stderr }: Terminal): Promise<Pair> {
  if (stdin.isTTY !== true) throw new Failure('usage', 'No terminal to ask for the passwords: use --stdin.')
  const current_password = await askSecret('Current password: ', stdin, stderr)
  const new_password = await askSecret('New password: ', stdin, stderr)
  if ((await askSecret('New password again: ', stdin, stderr)) !== new_password)
    throw new Failure('usage', 'The two new passwords differ.')
  return { current_password, new_password }
}
