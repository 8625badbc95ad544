import { answerOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import type { Api } from '@attune/client/dist/api.js'
import { Failure } from '../failure.ts'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'

type Worker = Schemas['WorkerSummary']

const colours: Readonly<Record<Worker['health_state'], Colour>> = {
  active: 'green',
  busy: 'cyan',
  cordoned: 'yellow',
  inactive: 'dim',
  offline: 'red',
  error: 'red',
}

export const workers: View<Worker> = {
  key: 'id',
  columns: [
    ['ID', 'id'],
    ['Name', 'name'],
    ['Role', 'worker_role'],
    ['Host', ({ host }) => host, 'details'],
    ['State', ({ health_state }) => ({ text: health_state, colour: colours[health_state] })],
    ['Running', running],
    ['Cordoned', ({ cordoned, cordon_reason }) => (cordoned ? (cordon_reason ?? 'yes') : 'no'), 'details'],
    ['Runtimes', ({ supported_runtimes }) => supported_runtimes.map(runtimeText).join(', ')],
    ['Heartbeat', ({ last_heartbeat }) => when(last_heartbeat) || 'never'],
    ['Created', ({ created }) => when(created), 'details'],
  ],
}

function running({ worker_role, load }: Worker): string {
  const isSensorWorker = worker_role === 'sensor'
  const now = isSensorWorker ? (load.sensor_processes_running ?? 0) : load.running
  const slots = isSensorWorker ? load.max_concurrent_sensors : load.max_concurrent_executions
  return slots === null ? String(now) : `${now} of ${slots}`
}

function runtimeText({ name, versions }: Worker['supported_runtimes'][number]): string {
  return [name, ...versions].join(' ')
}

/** A worker by its id, or by its name. */
export async function findWorker(client: Api, name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name)
  const { data: found } = await answerOf(
    client.GET('/api/v1/workers', { params: { query: { per_page: 1000 } } }),
  )
  const worker = found.find((one) => one.name === name)
  if (worker !== undefined) return worker.id
  throw new Failure('not_found', `There is no worker '${name}', or you may not see it.`)
}
