import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { runtimes } from './runtime.ts'

/** `attune runtime get REF` */
export function runtimeGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a runtime with its versions and how programs are started by it')
    .argument('<ref>', 'runtime, like core.python')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/runtimes/{ref}', { params: { path: { ref } } })), runtimes)
    })
}
