import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { trueOrFalse } from '../input.ts'
import type { JsonObject } from '../json.ts'
import type { Shell } from '../shell.ts'
import { keys, withoutValue } from './key.ts'
import { readValue, type ValueOptions } from './value.ts'

type Options = ValueOptions & { name?: string; encrypted?: boolean }

/** `attune key update REF` */
export function keyUpdate(shell: Shell): Command {
  return new Command('update')
    .description('change the value, the name, or whether it is encrypted')
    .argument('<ref>', 'key, like slack.token')
    .option('--value [source]', 'a new value: @FILE, - for standard input, or asked for')
    .option('--json-value', 'read the value as JSON, not as text')
    .option('--name <name>', 'a new name')
    .option('--encrypted <true|false>', 'encrypt the value, or lay it open', trueOrFalse)
    .action(async (ref: string, options: Options) => {
      const { value, name, encrypted } = options
      if (value === undefined && name === undefined && encrypted === undefined)
        throw new Failure('usage', 'Nothing to change: give --value, --name or --encrypted.')
      const session = await shell.open()
      const body: JsonObject = {
        ...(name === undefined ? {} : { name }),
        ...(encrypted === undefined ? {} : { encrypted }),
        ...(value === undefined ? {} : { value: await readValue(options, ref, shell.terminal) }),
      }
      const answer = await dataOf(
        session.client.PUT('/api/v1/keys/{ref}', { params: { path: { ref } }, body }),
      )
      session.out.done(withoutValue(answer), keys, (key) => `Key ${key.ref} is updated.`)
    })
}
