import { type Static, Type } from 'typebox'
import { nullable, oneOf } from '../../../database/row.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { Worker } from './worker.ts'

/** Three missed heartbeats of 30 seconds. */
const STALE_AFTER_SECONDS = 90

export const healthStates = ['active', 'busy', 'cordoned', 'offline', 'error', 'inactive'] as const
export type HealthState = (typeof healthStates)[number]

const count = Type.Integer({ minimum: 0 })
const gauge = nullable(count)

const WorkerLoad = Type.Object({
  requested: count,
  scheduling: count,
  scheduled: count,
  running: count,
  canceling: count,
  total_active: count,
  max_concurrent_executions: gauge,
  utilization_percent: gauge,
  queue_depth: gauge,
  sensor_processes_running: gauge,
  sensor_processes_monitored: gauge,
  active_rules: gauge,
  max_concurrent_sensors: gauge,
})
type WorkerLoad = Static<typeof WorkerLoad>

const RuntimeSupport = Type.Object({ name: Type.String(), versions: Type.Array(Type.String()) })
type RuntimeSupport = Static<typeof RuntimeSupport>

/** A worker with what it does now. */
export const WorkerSummary = Type.Object(
  {
    ...Type.Pick(Worker, [
      'id',
      'name',
      'worker_type',
      'worker_role',
      'host',
      'port',
      'status',
      'last_heartbeat',
      'cordoned',
      'cordon_reason',
      'cordoned_by',
      'cordoned_at',
      'created',
      'updated',
    ]).properties,
    heartbeat_age_seconds: gauge,
    heartbeat_stale: Type.Boolean({ description: 'None, or older than 90 s.' }),
    health_state: oneOf(healthStates),
    supported_runtimes: Type.Array(RuntimeSupport),
    load: WorkerLoad,
  },
  { title: 'WorkerSummary' },
)
export type WorkerSummary = Static<typeof WorkerSummary>

/** A worker's row with the executions it holds, by status. */
export type WorkerRow = Worker & {
  heartbeat_age: number | null
} & Pick<WorkerLoad, 'requested' | 'scheduling' | 'scheduled' | 'running' | 'canceling'>

export function summaryOf(row: WorkerRow): WorkerSummary {
  const capabilities = isJsonObject(row.capabilities) ? row.capabilities : {}
  const load = loadOf(row, capabilities)
  const stale = row.heartbeat_age === null || row.heartbeat_age > STALE_AFTER_SECONDS
  return {
    ...row,
    status: row.status === 'active' && isOccupied(load) ? 'busy' : row.status,
    heartbeat_age_seconds: row.heartbeat_age === null ? null : Math.max(0, Math.floor(row.heartbeat_age)),
    heartbeat_stale: stale,
    health_state: healthOf(row, { stale, occupied: isOccupied(load) }),
    supported_runtimes: runtimesOf(capabilities),
    load,
  }
}

/** The worst that is true of it. */
export function healthOf(
  { cordoned, status }: Pick<Worker, 'cordoned' | 'status'>,
  { stale, occupied }: { stale: boolean; occupied: boolean },
): HealthState {
  if (cordoned) return 'cordoned'
  if (status === 'error') return 'error'
  if (status === 'inactive' || stale) return 'offline'
  return status === 'busy' || occupied ? 'busy' : 'active'
}

function isOccupied({ total_active, sensor_processes_running, active_rules }: WorkerLoad): boolean {
  return total_active > 0 || (sensor_processes_running ?? 0) > 0 || (active_rules ?? 0) > 0
}

function loadOf(row: WorkerRow, capabilities: JsonObject): WorkerLoad {
  const { requested, scheduling, scheduled, running, canceling } = row
  const health = isJsonObject(capabilities['health']) ? capabilities['health'] : {}
  const total_active = requested + scheduling + scheduled + running + canceling
  const max_concurrent_executions = gaugeOf(capabilities['max_concurrent_executions'])
  const max_concurrent_sensors = gaugeOf(capabilities['max_concurrent_sensors'])
  const sensor_processes_running = gaugeOf(capabilities['sensor_processes_running'])
  return {
    requested,
    scheduling,
    scheduled,
    running,
    canceling,
    total_active,
    max_concurrent_executions,
    utilization_percent:
      percentOf(total_active, max_concurrent_executions) ??
      percentOf(sensor_processes_running ?? 0, max_concurrent_sensors),
    queue_depth: gaugeOf(health['queue_depth']),
    sensor_processes_running,
    sensor_processes_monitored: gaugeOf(capabilities['sensor_processes_monitored']),
    active_rules: gaugeOf(capabilities['active_rules']),
    max_concurrent_sensors,
  }
}

function percentOf(used: number, available: number | null): number | null {
  return available === null || available === 0 ? null : Math.round((used / available) * 100)
}

/** Rows may be written by others: what is not a count is unknown. */
function gaugeOf(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** Runtimes as names, or as objects with their versions; versions may also stand beside them. */
function runtimesOf(capabilities: JsonObject): RuntimeSupport[] {
  const { runtimes, runtime_versions } = capabilities
  const beside = isJsonObject(runtime_versions) ? runtime_versions : {}
  const listed = Array.isArray(runtimes) ? runtimes : []
  return listed.flatMap((entry) => {
    const name = isJsonObject(entry) ? entry['name'] : entry
    if (typeof name !== 'string') return []
    const own = isJsonObject(entry) ? entry['versions'] : undefined
    return [{ name, versions: sorted([...texts(own), ...texts(beside[name])]) }]
  })
}

function sorted(versions: readonly string[]): string[] {
  return [...new Set(versions)].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
