import type { Transaction } from '../../../database/database.ts'
import { publish } from '../../../messages/publish.ts'
import { Problem } from '../../../problem.ts'
import { type Changing, recordChange } from '../form/change-record.ts'
import { checkPlaced, checkRef, checkSchemas, missing, refuse, refuseTaken } from '../form/check.ts'
import { patched } from '../../schema/body-fields.ts'
import * as packs from '../pack/queries.ts'
import { requireChange, requireCreate } from '../../access/permission/change.ts'
import { chosenRuntime } from '../runtime/choose.ts'
import * as triggers from '../trigger/queries.ts'
import type { Trigger } from '../trigger/trigger.ts'
import type { CreateSensor, UpdateSensor } from './body.ts'
import * as sensors from './queries.ts'
import type { Sensor } from './sensor.ts'

type Writing = Changing & { tx: Transaction }

/** A sensor that was made, and whether it serves the trigger that it was made for. */
type Made = { sensor: Sensor; served_by: string }

/**
 * Makes a sensor by hand. It emits the events of its trigger, so its maker must be allowed to change that one. A
 * trigger that has a sensor keeps it: two would emit everything twice.
 */
export async function createSensor(writing: Writing, body: CreateSensor): Promise<Made> {
  const { tx, caller } = writing
  const { ref, pack_ref } = body
  refuse('VALIDATION_ERROR', [...checkRef(ref), ...checkSchemas({ param_schema: body.param_schema })])
  refuse('BAD_REQUEST', checkPlaced(body))
  requireCreate(caller, ['triggers', 'create'], {
    ref,
    pack_ref,
    what: `the sensor '${ref}' of the pack '${pack_ref}'`,
  })
  refuseTaken('sensor', ref, await sensors.findByRef(tx, ref))
  const pack = await packs.getByRef(tx, pack_ref, 'pack_ref')
  const runtime = await chosenRuntime(tx, caller, body)
  if (runtime === undefined) throw missing('runtime', 'runtime_ref', body.runtime_ref)
  const trigger = await servedTrigger(writing, body.trigger_ref)
  const sensor = await sensors.insert(
    tx,
    { id: pack.id, ref: pack.ref },
    { ...contentOf(body), runtime: runtime.id, runtime_ref: runtime.ref },
  )
  if (trigger.sensor === null) await triggers.serve(tx, trigger.id, sensor)
  await told(writing, sensor, 'created')
  return { sensor, served_by: trigger.sensor === null ? ref : (trigger.sensor_ref ?? '') }
}

async function servedTrigger({ tx, caller }: Writing, ref: string): Promise<Trigger> {
  const trigger = await triggers.lockByRef(tx, ref)
  const absent = () => missing('trigger', 'trigger_ref', ref)
  if (trigger === undefined) throw absent()
  const { id, pack_ref } = trigger
  requireChange(caller, ['triggers', 'update'], { id, ref, pack_ref, what: `the trigger '${ref}'` }, absent)
  return trigger
}

function contentOf(body: CreateSensor): Omit<sensors.SensorContent, 'runtime' | 'runtime_ref'> {
  return {
    ref: body.ref,
    label: body.label,
    description: body.description ?? null,
    entrypoint: body.entrypoint,
    enabled: body.enabled ?? true,
    control: 'restart',
    param_schema: body.param_schema ?? null,
    config: body.config ?? {},
    runtime_version_constraint: null,
    worker_selector: body.worker_selector ?? {},
    worker_tolerations: body.worker_tolerations ?? [],
    worker_affinity: body.worker_affinity ?? {},
    log_retention_policy: body.log_retention_policy ?? null,
    log_retention_limit: body.log_retention_limit ?? null,
    artifact_retention_policy: body.artifact_retention_policy ?? null,
    artifact_retention_limit: body.artifact_retention_limit ?? null,
  }
}

/** Its process is started anew with what is changed. */
export async function updateSensor(writing: Writing, ref: string, body: UpdateSensor): Promise<Sensor> {
  const schema = body.param_schema?.op === 'set' ? body.param_schema.value : undefined
  refuse('VALIDATION_ERROR', checkSchemas({ param_schema: schema }))
  refuse('BAD_REQUEST', checkPlaced(body))
  const before = await getToChange(writing, ref, 'update')
  const sensor = await sensors.update(writing.tx, before.id, {
    label: body.label ?? before.label,
    description: body.description ?? before.description,
    entrypoint: body.entrypoint ?? before.entrypoint,
    enabled: body.enabled ?? before.enabled,
    param_schema: patched(body.param_schema, before.param_schema),
    worker_selector: body.worker_selector ?? before.worker_selector,
    worker_tolerations: body.worker_tolerations ?? before.worker_tolerations,
    worker_affinity: body.worker_affinity ?? before.worker_affinity,
    log_retention_policy: patched(body.log_retention_policy, before.log_retention_policy),
    log_retention_limit: patched(body.log_retention_limit, before.log_retention_limit),
    artifact_retention_policy: patched(body.artifact_retention_policy, before.artifact_retention_policy),
    artifact_retention_limit: patched(body.artifact_retention_limit, before.artifact_retention_limit),
  })
  await told(writing, sensor, 'updated')
  return sensor
}

export async function switchSensor(writing: Writing, ref: string, enabled: boolean): Promise<Sensor> {
  const before = await getToChange(writing, ref, 'update')
  const sensor = await sensors.setEnabled(writing.tx, before.id, enabled)
  await told(writing, sensor, enabled ? 'enabled' : 'disabled')
  return sensor
}

/** Its process is stopped; its triggers and events stay. */
export async function deleteSensor(writing: Writing, ref: string): Promise<void> {
  const sensor = await getToChange(writing, ref, 'delete')
  await sensors.remove(writing.tx, sensor.id)
  await told(writing, sensor, 'deleted')
}

async function told(writing: Writing, sensor: Sensor, done: string): Promise<void> {
  const { tx, request_id } = writing
  const payload = { sensor_id: sensor.id, sensor_ref: sensor.ref }
  await publish(tx, 'SensorChanged', [{ payload, correlation_id: request_id }])
  await recordChange(tx, writing, { kind: 'sensor', done, resource: sensor })
}

async function getToChange(
  { tx, caller }: Writing,
  ref: string,
  change: 'update' | 'delete',
): Promise<Sensor> {
  const sensor = await sensors.lockByRef(tx, ref)
  if (sensor === undefined) throw noSuchSensor(ref)
  // Grants on triggers name no ids of sensors.
  const target = { ref, pack_ref: sensor.pack_ref, what: `the sensor '${ref}'` }
  requireChange(caller, ['triggers', change], target, noSuchSensor)
  return sensor
}

export function noSuchSensor(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no sensor '${ref}'.`)
}
