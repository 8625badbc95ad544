import { dataOf } from '@attune/client/dist/answer.js'
import type { Command } from 'commander'
import { switching } from '../definition/switch.ts'
import type { Shell } from '../shell.ts'
import { rules } from './rule.ts'

const of = { kind: 'rule', example: 'demo.on_deploy' } as const

/** `attune rule enable REF` */
export function ruleEnable(shell: Shell): Command {
  const description = 'let a rule take events again'
  return switching(
    shell,
    {
      ...of,
      verb: 'enable',
      description,
      call: (client, ref) => dataOf(client.POST('/api/v1/rules/{ref}/enable', { params: { path: { ref } } })),
    },
    rules,
  )
}

/** `attune rule disable REF` */
export function ruleDisable(shell: Shell): Command {
  const description = 'let a rule take no more events; what it has caused goes on'
  return switching(
    shell,
    {
      ...of,
      verb: 'disable',
      description,
      call: (client, ref) =>
        dataOf(client.POST('/api/v1/rules/{ref}/disable', { params: { path: { ref } } })),
    },
    rules,
  )
}
