import { requireChange } from '../../access/permission/change.ts'
import { missing } from '../form/check.ts'
import { targetOf } from '../form/definition.ts'
import { lockByRef } from '../form/rows.ts'
import { checkNew, make, type NewBody, type Writing } from '../form/write.ts'
import { chosenRuntime } from '../runtime/choose.ts'
import { serve } from '../trigger/queries.ts'
import { type Trigger, trigger } from '../trigger/trigger.ts'
import { type Sensor, sensor } from './sensor.ts'

/** A sensor that was made, and what serves the trigger that it was made for. */
export type Made = { row: Sensor; served_by: string }

/**
 * Makes a sensor by hand. It emits the events of its trigger, so its maker must be allowed to change that one. A
 * trigger that has a sensor keeps it: two would emit everything twice.
 */
export async function createSensor(
  writing: Writing,
  body: NewBody & { runtime_ref: string; trigger_ref: string },
): Promise<Made> {
  const { tx, caller } = writing
  const { home, content } = await checkNew(sensor, writing, body)
  const runtime = await chosenRuntime(tx, caller, { runtime_ref: body.runtime_ref })
  if (runtime === undefined) throw missing('runtime', 'runtime_ref', body.runtime_ref)
  const served = await servedTrigger(writing, body.trigger_ref)
  const row = await make(sensor, writing, {
    home,
    content: { ...content, runtime: runtime.id, runtime_ref: runtime.ref },
  })
  if (served.sensor === null) await serve(tx, served.id, row)
  return { row, served_by: served.sensor === null ? row.ref : (served.sensor_ref ?? '') }
}

async function servedTrigger({ tx, caller }: Writing, ref: string): Promise<Trigger> {
  const served = await lockByRef(tx, trigger, ref)
  const absent = () => missing('trigger', 'trigger_ref', ref)
  if (served === undefined) throw absent()
  requireChange(caller, ['triggers', 'update'], targetOf(trigger, served), absent)
  return served
}
