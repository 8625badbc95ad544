import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { changesOf, withPatches } from '../definition/draft.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { actions } from './action.ts'
import { type ActionFlags, actionDraft, describing } from './draft.ts'

/** Fields that can be emptied: null does so. */
const clearable = ['runtime_version_constraint', 'timeout_seconds']

/** `attune action update REF` */
export function actionUpdate(shell: Shell): Command {
  return describing(new Command('update'))
    .description('change an action; what is not given stays')
    .argument('<ref>', 'action, like demo.disk_usage')
    .action(async (ref: string, flags: ActionFlags) => {
      const draft = changesOf(await actionDraft(flags, shell.terminal))
      const body = written<Schemas['UpdateAction']>(withPatches(draft, clearable))
      const { client, out } = await shell.open()
      const changed = await dataOf(client.PUT('/api/v1/actions/{ref}', { params: { path: { ref } }, body }))
      out.done(changed, actions, (action) => `Action ${action.ref} is changed.`)
    })
}
