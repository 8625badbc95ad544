import { type Random, seeded } from './random.ts'

export type TransportName = 'postgres' | 'rabbitmq'

/** What can be done to a running system. `target`: it happens to one process. */
export const faultKinds = {
  kill: { target: true, says: 'kill -9 of a process, started again' },
  stop: { target: true, says: 'SIGTERM to a process, started again' },
  pause: { target: true, says: 'a process stands still for longer than its lease' },
  freeze: { target: true, says: 'a process and all that it started stand still for longer than its lease' },
  clock: { target: true, says: 'a process whose clock is an hour off' },
  rolling: { target: false, says: 'every process replaced by a new one under load' },
  database_restart: { target: false, says: 'immediate restart of PostgreSQL' },
  terminate_backends: { target: false, says: 'every database session ended, several times' },
  connections_exhausted: { target: false, says: 'no database connection left' },
  commit_lies: { target: false, says: 'every few commits report an error after they committed' },
  duplicate: { target: false, says: 'messages delivered again, in another order' },
  purge: { target: false, says: 'all queued messages deleted' },
  delete_queue: { target: false, says: 'a queue deleted with its messages' },
  broker_restart: { target: false, says: 'RabbitMQ stopped and started' },
  broker_cut: { target: false, says: 'every connection to RabbitMQ cut, refused for a while' },
  broker_partition: { target: false, says: 'nothing gets through to RabbitMQ or back' },
} as const satisfies Record<string, { target: boolean; says: string }>

export type FaultKind = keyof typeof faultKinds
export const allKinds = Object.keys(faultKinds).filter((kind): kind is FaultKind => isFaultKind(kind))

export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name)
}

const RABBIT_ONLY: readonly FaultKind[] = ['delete_queue', 'broker_restart', 'broker_cut', 'broker_partition']

/** The kinds that the transport can suffer. */
export function kindsOf(transport: TransportName): FaultKind[] {
  return allKinds.filter((kind) => transport === 'rabbitmq' || !RABBIT_ONLY.includes(kind))
}

/** The processes of a seed and the roles of each. A small fleet has fewer, which start sooner. */
const fleets = {
  full: {
    api: 'api',
    e1: 'executor',
    e2: 'executor',
    w1: 'worker',
    w2: 'worker',
    s1: 'sensor',
    s2: 'sensor',
  },
  small: { api: 'api', e1: 'executor', e2: 'executor,sensor', w1: 'worker', w2: 'worker' },
} as const satisfies Record<string, Readonly<Record<string, string>>>
export type FleetSize = keyof typeof fleets
export type MemberName = keyof (typeof fleets)['full']

function isMemberName(name: string): name is MemberName {
  return Object.hasOwn(fleets.full, name)
}

export function membersOf(size: FleetSize): { name: MemberName; roles: string }[] {
  return Object.entries(fleets[size]).flatMap(([name, roles]) =>
    isMemberName(name) ? [{ name, roles }] : [],
  )
}

export type Fault = {
  kind: FaultKind
  /** The process it happens to; undefined where it happens to all. */
  target: MemberName | undefined
  at_ms: number
  length_ms: number
  /** What else is to be decided: which queue, which commits, which way the clock is off. */
  choice: number
}

/** Everything that is decided before a seed runs. */
export type Plan = {
  seed: number
  transport: TransportName
  fleet: FleetSize
  events: number
  /** Milliseconds over which the events are spread. */
  load_ms: number
  /** When the rule that is switched on and off is switched. */
  switches_ms: number[]
  /** How many executions somebody tries to cancel. */
  cancels: number
  faults: Fault[]
}

type PlanOptions = {
  transport: TransportName
  fleet: FleetSize
  kinds: readonly FaultKind[]
  /** Seconds of load. */
  seconds: number
  events: number
  faults: readonly [number, number]
}

export function planOf(seed: number, options: PlanOptions): Plan {
  const random = seeded(seed)
  const load_ms = options.seconds * 1000
  const [first, ...rest] = options.kinds
  const count = first === undefined ? 0 : random.int(...options.faults)
  const faults = Array.from({ length: count }, () => {
    const kind = random.pick([first ?? 'kill', ...rest])
    return faultOf(random, kind, options)
  })
  return {
    seed,
    transport: options.transport,
    fleet: options.fleet,
    events: options.events,
    load_ms,
    switches_ms: Array.from({ length: random.int(2, 4) }, () => random.int(200, load_ms)).sort(ascending),
    cancels: random.int(3, 10),
    faults: faults.sort((a, b) => a.at_ms - b.at_ms),
  }
}

function faultOf(random: Random, kind: FaultKind, { seconds, fleet }: PlanOptions): Fault {
  const names = membersOf(fleet).map(({ name }) => name)
  return {
    kind,
    target: faultKinds[kind].target ? random.pick(['api', ...names.slice(1)]) : undefined,
    at_ms: random.int(300, seconds * 1000),
    length_ms: random.int(...(lengths[kind] ?? MOMENT)),
    choice: random.int(0, 999),
  }
}

/** Milliseconds, at least and at most, of what does not last a moment. A pause outlasts a lease of three seconds. */
const lengths: Partial<Record<FaultKind, readonly [number, number]>> = {
  pause: [4000, 6000],
  freeze: [4000, 6000],
  connections_exhausted: [1000, 2000],
  commit_lies: [1000, 3000],
  broker_partition: [1000, 3000],
}
const MOMENT = [50, 1000] as const

const ascending = (a: number, b: number) => a - b

/** A fault in a line of the log. */
export function told({ kind, target, at_ms, length_ms }: Fault): string {
  return `${kind}${target === undefined ? '' : `(${target})`}@${at_ms}+${length_ms}`
}
