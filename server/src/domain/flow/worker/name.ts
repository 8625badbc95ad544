import type { Database } from '../../../database/database.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { identify, isAlive, pidNamespace } from '../../../processes/process-identity.ts'
import { findNamed, type NamedWorker, register, registerAfter, type WorkerRegistration } from './queries.ts'
import type { Worker } from './worker.ts'

/** Processes of one role on one machine, at most. More need names of their own. */
const MOST = 100

type Registration = Omit<WorkerRegistration, 'name' | 'meta'>
type Naming = {
  /** The name that the settings give: whoever comes with it has it. */
  given: string | undefined
  /** What names are made of otherwise: `worker` or `sensor`. */
  kind: string
  /** Without a heartbeat for so long, whoever had a name is taken for gone. */
  silence_seconds: number
}

/**
 * Puts this process on the list. A name from the settings is taken over from whoever has it: the same name is the same
 * worker. Otherwise it is called `worker-<host>`, or, as long as another process that lives is called that,
 * `worker-<host>-2` and so on: two processes on one machine must not take each other for their own past.
 */
export async function registerNamed(
  database: Database,
  worker: Registration,
  { given, kind, silence_seconds }: Naming,
): Promise<Worker> {
  const registration = { ...worker, meta: { process: thisProcess() } }
  if (given !== undefined) return register(database, { ...registration, name: given })
  for (let number = 1; number <= MOST; number += 1) {
    const name = `${kind}-${worker.host}${number === 1 ? '' : `-${number}`}`
    const taken = await registerIfFree(database, { ...registration, name }, silence_seconds)
    if (taken !== undefined) return taken
  }
  throw new Error(`${MOST} processes of the role ${kind} run on ${worker.host} already.`)
}

/** The same under that name alone, for a process that has lost it; undefined while another one that lives has it. */
export function registerAgain(
  database: Database,
  worker: Registration & { name: string },
  silence_seconds: number,
): Promise<Worker | undefined> {
  return registerIfFree(database, { ...worker, meta: { process: thisProcess() } }, silence_seconds)
}

/** Whether `registerNamed` would take the name from nobody who lives. */
export async function isNameFree(
  database: Database,
  { name, worker_role, host }: Pick<WorkerRegistration, 'name' | 'worker_role' | 'host'>,
  silence_seconds: number,
): Promise<boolean> {
  const holder = await findNamed(database, name)
  return holder === undefined || isFree(holder, { worker_role, host, silence_seconds, alive: livesHere })
}

async function registerIfFree(
  database: Database,
  worker: WorkerRegistration,
  silence_seconds: number,
): Promise<Worker | undefined> {
  const holder = await findNamed(database, worker.name)
  if (holder !== undefined && !isFree(holder, { ...worker, silence_seconds, alive: livesHere }))
    return undefined
  return registerAfter(database, worker, holder?.instance ?? null)
}

type Judging = Pick<WorkerRegistration, 'worker_role' | 'host'> & {
  silence_seconds: number
  /** Whether the process that a row names lives; undefined where that cannot be seen from here. */
  alive(process: Json): boolean | undefined
}

/** Whether a process may take a name: its holder has stopped, is silent for long, or is known to be dead. */
export function isFree(holder: NamedWorker, { worker_role, host, silence_seconds, alive }: Judging): boolean {
  if (holder.worker_role !== worker_role) return false
  const { heartbeat_age_seconds: age, status, meta } = holder
  if (status === 'inactive' || age === null || age > silence_seconds) return true
  if (holder.host !== host || !isJsonObject(meta)) return false
  return alive(meta['process'] ?? null) === false
}

function thisProcess(): JsonObject {
  return { ...identify(process.pid), namespace: pidNamespace() }
}

/** A mark begins with the boot of the machine: another one is another machine of that name, or this one before. */
function livesHere(one: Json): boolean | undefined {
  if (!isJsonObject(one) || one['namespace'] !== pidNamespace()) return undefined
  const { pid, mark } = one
  if (typeof pid !== 'number' || typeof mark !== 'string') return undefined
  if (bootOf(mark) !== bootOf(identify(process.pid).mark)) return undefined
  return isAlive({ pid, mark })
}

function bootOf(mark: string): string {
  return mark.includes('/') ? mark.slice(0, mark.lastIndexOf('/')) : ''
}
