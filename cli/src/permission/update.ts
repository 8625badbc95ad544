import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { jsonOption } from '../input.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { findSet, permissionSets } from './permission-set.ts'

type Options = { grants?: string; label?: string; description?: string }

/** `attune permission update REF` */
export function permissionUpdate(shell: Shell): Command {
  return new Command('update')
    .description('change the grants, label or description of a permission set')
    .argument('<ref>', 'permission set, like demo.clerk')
    .option('--grants <json>', 'all its grants as a JSON list, or @file; they replace those that are there')
    .option('--label <text>', 'label')
    .option('--description <text>', 'description')
    .action(async (ref: string, { grants, label, description }: Options) => {
      if ([grants, label, description].every((option) => option === undefined))
        throw new Failure('usage', 'Say what to change: --grants, --label or --description.')
      const wanted = grants === undefined ? undefined : await jsonOption(grants, '--grants', shell.terminal)
      const { client, out } = await shell.open()
      const set = await findSet(client, ref)
      const body: Schemas['UpdatePermissionSet'] = {
        grants: wanted === undefined ? set.grants : written(wanted),
      }
      if (label !== undefined) body.label = label
      if (description !== undefined) body.description = description
      const changed = await dataOf(
        client.PUT('/api/v1/permissions/sets/{id}', { params: { path: { id: set.id } }, body }),
      )
      out.done(changed, permissionSets, () => `Permission set ${ref} is changed.`)
    })
}
