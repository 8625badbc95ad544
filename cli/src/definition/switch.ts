import { Command } from 'commander'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { titled } from './draft.ts'

type Switched = {
  kind: 'trigger' | 'sensor' | 'rule'
  verb: 'enable' | 'disable'
  description: string
  example: string
}

/** `attune KIND enable REF` and `attune KIND disable REF` */
export function switching<T extends { ref: string; enabled: boolean }>(
  shell: Shell,
  { kind, verb, description, example }: Switched,
  view: View<T>,
): Command {
  return new Command(verb)
    .description(description)
    .argument('<ref>', `${kind}, like ${example}`)
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      const changed = await client.post(`/api/v1/${kind}s/{ref}/${verb}`, { path: { ref } })
      out.done(
        changed,
        view,
        (shown) => `${titled(kind)} ${shown.ref} is ${shown.enabled ? 'enabled' : 'disabled'}.`,
      )
    })
}
