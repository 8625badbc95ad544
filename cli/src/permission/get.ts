import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { findSet, permissionSets } from './permission-set.ts'

/** `attune permission get REF` */
export function permissionGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a permission set with its grants')
    .argument('<ref>', 'permission set, like core.viewer')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(await findSet(client, ref), permissionSets)
    })
}
