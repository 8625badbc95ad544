import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { completed } from '../definition/draft.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { describing, type TriggerFlags, triggerDraft } from './draft.ts'
import { triggers } from './trigger.ts'

type Options = TriggerFlags & { pack?: string; disabled?: true }

/** `attune trigger create REF` */
export function triggerCreate(shell: Shell): Command {
  return describing(new Command('create'))
    .description('create a trigger: a kind of event that rules can wait for')
    .argument('[ref]', 'trigger, like demo.deployed')
    .option('--pack <ref>', 'pack (default: first part of the ref)')
    .option('--disabled', 'create it switched off')
    .action(async (ref: string | undefined, { pack, disabled, ...flags }: Options) => {
      const more = { ref, pack_ref: pack, enabled: disabled && (false as const) }
      const draft = completed(await triggerDraft(flags, shell.terminal, more), 'trigger')
      const { client, out } = await shell.open()
      const created = await dataOf(
        client.POST('/api/v1/triggers', { body: written<Schemas['CreateTrigger']>(draft) }),
      )
      out.done(created, triggers, (trigger) => `Trigger ${trigger.ref} is created.`)
    })
}
