import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { sensors } from './sensor.ts'

/** `attune sensor get REF` */
export function sensorGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a sensor')
    .argument('<ref>', 'sensor, like core.interval_timer_sensor')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/sensors/{ref}', { params: { path: { ref } } })), sensors)
    })
}
