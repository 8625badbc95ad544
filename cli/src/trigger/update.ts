import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { changesOf, withPatches } from '../definition/draft.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { describing, type TriggerFlags, triggerDraft } from './draft.ts'
import { triggers } from './trigger.ts'

/** Fields that can be emptied: null does so. */
const clearable = ['param_schema', 'out_schema']

/** `attune trigger update REF` */
export function triggerUpdate(shell: Shell): Command {
  return describing(new Command('update'))
    .description('change a trigger; what is not given stays')
    .argument('<ref>', 'trigger, like demo.deployed')
    .action(async (ref: string, flags: TriggerFlags) => {
      const draft = changesOf(await triggerDraft(flags, shell.terminal))
      const body = written<Schemas['UpdateTrigger']>(withPatches(draft, clearable))
      const { client, out } = await shell.open()
      const changed = await dataOf(client.PUT('/api/v1/triggers/{ref}', { params: { path: { ref } }, body }))
      out.done(changed, triggers, (trigger) => `Trigger ${trigger.ref} is changed.`)
    })
}
