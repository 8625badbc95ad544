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
      const sets = await client.get('/api/v1/permissions/sets', { query: { pack_ref: pack } })
      out.list(Array.isArray(sets) ? sets : [], permissionSets)
    })
}
