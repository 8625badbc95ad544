import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { permissionSets } from './permission-set.ts'

/** `attune permission list` */
export function permissionList(shell: Shell): Command {
  return new Command('list')
    .description('list permission sets with their roles and grants; * marks a grant with constraints')
    .option('--pack <ref>', 'only those of this pack')
    .action(async ({ pack }: { pack?: string }) => {
      const { client, out } = await shell.open()
      const sets = await dataOf(
        client.GET('/api/v1/permissions/sets', { params: { query: { pack_ref: pack } } }),
      )
      out.list(sets, permissionSets)
    })
}
