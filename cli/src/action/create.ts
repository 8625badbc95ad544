import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { completed, required } from '../definition/draft.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { actions } from './action.ts'
import { type ActionFlags, actionDraft, describing } from './draft.ts'

type Options = ActionFlags & { pack?: string }

/** `attune action create REF` */
export function actionCreate(shell: Shell): Command {
  return describing(new Command('create'))
    .description('create an action: a script of its own, or a program that its pack has')
    .argument('[ref]', 'action, like demo.disk_usage')
    .option('--pack <ref>', 'pack (default: first part of the ref)')
    .action(async (ref: string | undefined, { pack, ...flags }: Options) => {
      const draft = completed(await actionDraft(flags, shell.terminal, { ref, pack_ref: pack }), 'action')
      required(draft, 'entrypoint', 'action', 'Give a script with --entrypoint @script.sh.')
      const { client, out } = await shell.open()
      const created = await dataOf(
        client.POST('/api/v1/actions', { body: written<Schemas['CreateAction']>(draft) }),
      )
      out.done(created, actions, (action) => `Action ${action.ref} is created.`)
    })
}
