import type { Schemas } from '@attune/client/dist/requests.js'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import type { Colour } from '../output/paint.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, integer, maybeInteger, maybeText, row, rows, text, texts } from '../row.ts'

export type Worker = {
  id: number
  name: string
  role: string
  state: string
  host: string | undefined
  last_heartbeat: string | undefined
  running: number
  slots: number | undefined
  runtimes: string[]
  cordoned: boolean
  cordon_reason: string | undefined
  created: string
}

const colours: Readonly<Record<string, Colour>> = {
  active: 'green',
  busy: 'cyan',
  cordoned: 'yellow',
  inactive: 'dim',
  offline: 'red',
  error: 'red',
}

export const workers: View<Worker> = {
  read(value) {
    const worker = row<Schemas['WorkerSummary']>(value)
    const load = row<Schemas['WorkerSummary']['load']>(worker.load)
    const isSensorWorker = text(worker, 'worker_role') === 'sensor'
    return {
      id: integer(worker, 'id'),
      name: text(worker, 'name'),
      role: text(worker, 'worker_role'),
      state: text(worker, 'health_state'),
      host: maybeText(worker, 'host'),
      last_heartbeat: maybeText(worker, 'last_heartbeat'),
      running: isSensorWorker
        ? (maybeInteger(load, 'sensor_processes_running') ?? 0)
        : integer(load, 'running'),
      slots: maybeInteger(load, isSensorWorker ? 'max_concurrent_sensors' : 'max_concurrent_executions'),
      runtimes: rows(worker, 'supported_runtimes').map((one) =>
        [text(one, 'name'), ...texts(one, 'versions')].join(' '),
      ),
      cordoned: flag(worker, 'cordoned'),
      cordon_reason: maybeText(worker, 'cordon_reason'),
      created: text(worker, 'created'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Name', ({ name }) => name],
    ['Role', ({ role }) => role],
    ['State', ({ state }) => stateCell(state)],
    ['Running', running],
    ['Runtimes', ({ runtimes }) => runtimes.join(', ')],
    ['Heartbeat', ({ last_heartbeat }) => (last_heartbeat === undefined ? 'never' : when(last_heartbeat))],
  ],
  details: (worker) => [
    ['ID', String(worker.id)],
    ['Name', worker.name],
    ['Role', worker.role],
    ['Host', worker.host ?? ''],
    ['State', stateCell(worker.state)],
    ['Running', running(worker)],
    ['Cordoned', worker.cordoned ? (worker.cordon_reason ?? 'yes') : 'no'],
    ['Runtimes', worker.runtimes.join(', ')],
    ['Heartbeat', worker.last_heartbeat === undefined ? 'never' : when(worker.last_heartbeat)],
    ['Created', when(worker.created)],
  ],
}

function running({ running: now, slots }: Worker): string {
  return slots === undefined ? String(now) : `${now} of ${slots}`
}

function stateCell(state: string): Cell {
  return { text: state, colour: colours[state] ?? 'dim' }
}

/** A worker by its id, or by its name. */
export async function findWorker(client: Client, name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name)
  const { rows: found } = await client.page('/api/v1/workers', { query: { per_page: 1000 } })
  const worker = found.find((one) => one.name === name)
  if (worker !== undefined) return worker.id
  throw new Failure('not_found', `There is no worker '${name}', or you may not see it.`)
}
