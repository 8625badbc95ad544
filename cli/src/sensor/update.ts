import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { changesOf, withPatches } from '../definition/draft.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { describing, type SensorFlags, sensorDraft } from './draft.ts'
import { sensors } from './sensor.ts'

/** Fields that can be emptied: null does so. */
const clearable = ['param_schema']

/** `attune sensor update REF` */
export function sensorUpdate(shell: Shell): Command {
  return describing(new Command('update'))
    .description('change a sensor, which starts anew; what is not given stays')
    .argument('<ref>', 'sensor, like demo.watch_folder')
    .action(async (ref: string, flags: SensorFlags) => {
      const draft = changesOf(await sensorDraft(flags, shell.terminal))
      const body = written<Schemas['UpdateSensor']>(withPatches(draft, clearable))
      const { client, out } = await shell.open()
      const changed = await dataOf(client.PUT('/api/v1/sensors/{ref}', { params: { path: { ref } }, body }))
      out.done(changed, sensors, (sensor) => `Sensor ${sensor.ref} is changed.`)
    })
}
