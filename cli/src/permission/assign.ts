import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { findSet, permissionSets } from './permission-set.ts'

/** `attune permission assign REF --role ROLE` */
export function permissionAssign(shell: Shell): Command {
  return new Command('assign')
    .description('give a permission set to everybody with a role')
    .argument('<ref>', 'permission set, like core.viewer')
    .requiredOption('--role <role>', 'the role')
    .action(async (ref: string, { role }: { role: string }) => {
      const { client, out } = await shell.open()
      const set = await findSet(client, ref)
      await dataOf(
        client.POST('/api/v1/permissions/sets/{id}/roles', {
          params: { path: { id: set.id } },
          body: { role },
        }),
      )
      out.done(
        await findSet(client, ref),
        permissionSets,
        () => `Everybody with the role ${role} has ${ref}.`,
      )
    })
}

/** `attune permission unassign REF --role ROLE` */
export function permissionUnassign(shell: Shell): Command {
  return new Command('unassign')
    .description('take a permission set from a role')
    .argument('<ref>', 'permission set, like core.viewer')
    .requiredOption('--role <role>', 'the role')
    .action(async (ref: string, { role }: { role: string }) => {
      const { client, out } = await shell.open()
      const set = await findSet(client, ref)
      const id = set.roles.find((one) => one.role === role)?.id
      if (id === undefined) throw new Failure('not_found', `The role '${role}' does not have '${ref}'.`)
      await dataOf(client.DELETE('/api/v1/permissions/sets/roles/{id}', { params: { path: { id } } }))
      out.done(await findSet(client, ref), permissionSets, () => `The role ${role} no longer has ${ref}.`)
    })
}
