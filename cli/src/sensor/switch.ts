import { dataOf } from '@attune/client/dist/answer.js'
import type { Command } from 'commander'
import { switching } from '../definition/switch.ts'
import type { Shell } from '../shell.ts'
import { sensors } from './sensor.ts'

const of = { kind: 'sensor', example: 'demo.watch_folder' } as const

/** `attune sensor enable REF` */
export function sensorEnable(shell: Shell): Command {
  const description = 'let a sensor run again'
  return switching(
    shell,
    {
      ...of,
      verb: 'enable',
      description,
      call: (client, ref) =>
        dataOf(client.POST('/api/v1/sensors/{ref}/enable', { params: { path: { ref } } })),
    },
    sensors,
  )
}

/** `attune sensor disable REF` */
export function sensorDisable(shell: Shell): Command {
  const description = 'stop a sensor; its triggers and rules stay as they are'
  return switching(
    shell,
    {
      ...of,
      verb: 'disable',
      description,
      call: (client, ref) =>
        dataOf(client.POST('/api/v1/sensors/{ref}/disable', { params: { path: { ref } } })),
    },
    sensors,
  )
}
