import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { completed, required } from '../definition/draft.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { describing, type SensorFlags, sensorDraft } from './draft.ts'
import { sensors } from './sensor.ts'

type Options = SensorFlags & { pack?: string; trigger?: string; runtime?: string; disabled?: true }

/** `attune sensor create REF` */
export function sensorCreate(shell: Shell): Command {
  return describing(new Command('create'))
    .description('create a sensor: a program of a pack that reports events of a trigger')
    .argument('[ref]', 'sensor, like demo.watch_folder')
    .option('--pack <ref>', 'pack (default: first part of the ref)')
    .option('-t, --trigger <ref>', 'trigger that it serves from now on')
    .option('--runtime <ref>', 'runtime, like core.python')
    .option('--disabled', 'create it switched off')
    .action(async (ref: string | undefined, { pack, trigger, runtime, disabled, ...flags }: Options) => {
      const more = {
        ref,
        pack_ref: pack,
        trigger_ref: trigger,
        runtime_ref: runtime,
        enabled: disabled && (false as const),
      }
      const draft = completed(await sensorDraft(flags, shell.terminal, more), 'sensor')
      required(draft, 'trigger_ref', 'sensor', 'Name its trigger with --trigger.')
      required(draft, 'runtime_ref', 'sensor', 'Name its runtime with --runtime.')
      required(draft, 'entrypoint', 'sensor', 'Name its program with --entrypoint.')
      const { client, out } = await shell.open()
      const created = await dataOf(
        client.POST('/api/v1/sensors', { body: written<Schemas['CreateSensor']>(draft) }),
      )
      out.done(created, sensors, (sensor) => `Sensor ${sensor.ref} is created.`)
    })
}
