import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { keys } from './key.ts'

/** `attune key get REF` */
export function keyGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a key; its value only with --decrypt, which is noted in the audit log')
    .argument('<ref>', 'key, like slack.token')
    .option('-d, --decrypt', 'show the value too')
    .action(async (ref: string, { decrypt = false }: { decrypt?: boolean }) => {
      const { client, out } = await shell.open()
      const key = await dataOf(
        client.GET('/api/v1/keys/{ref}', { params: { path: { ref }, query: { decrypt } } }),
      )
      const { encrypted, value = null } = key
      if (decrypt && encrypted && value === null)
        throw new Failure('forbidden', `The value of ${ref} needs the permission keys:decrypt.`)
      out.item(key, { ...keys, sections: () => (decrypt ? [{ title: 'Value', value }] : []) })
    })
}
