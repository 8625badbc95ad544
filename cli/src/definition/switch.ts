import type { Api } from '@attune/client/dist/api.js'
import { Command } from 'commander'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { titled } from './draft.ts'

type Switching<Thing> = {
  kind: 'trigger' | 'sensor' | 'rule'
  verb: 'enable' | 'disable'
  description: string
  example: string
  /** The call that switches. */
  call(client: Api, ref: string): Promise<Thing>
}

/** `attune KIND enable REF` and `attune KIND disable REF` */
export function switching<Row, Thing extends Row & { ref: string; enabled: boolean }>(
  shell: Shell,
  { kind, verb, description, example, call }: Switching<Thing>,
  view: View<Row>,
): Command {
  return new Command(verb)
    .description(description)
    .argument('<ref>', `${kind}, like ${example}`)
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.done(
        await call(client, ref),
        view,
        (shown) => `${titled(kind)} ${shown.ref} is ${shown.enabled ? 'enabled' : 'disabled'}.`,
      )
    })
}
