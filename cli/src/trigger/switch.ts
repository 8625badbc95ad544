import { dataOf } from '@attune/client/dist/answer.js'
import type { Command } from 'commander'
import { switching } from '../definition/switch.ts'
import type { Shell } from '../shell.ts'
import { triggers } from './trigger.ts'

const of = { kind: 'trigger', example: 'demo.deployed' } as const

/** `attune trigger enable REF` */
export function triggerEnable(shell: Shell): Command {
  const description = 'take events of a trigger again'
  return switching(
    shell,
    {
      ...of,
      verb: 'enable',
      description,
      call: (client, ref) =>
        dataOf(client.POST('/api/v1/triggers/{ref}/enable', { params: { path: { ref } } })),
    },
    triggers,
  )
}

/** `attune trigger disable REF` */
export function triggerDisable(shell: Shell): Command {
  const description = 'refuse events of a trigger, also from its webhook'
  return switching(
    shell,
    {
      ...of,
      verb: 'disable',
      description,
      call: (client, ref) =>
        dataOf(client.POST('/api/v1/triggers/{ref}/disable', { params: { path: { ref } } })),
    },
    triggers,
  )
}
