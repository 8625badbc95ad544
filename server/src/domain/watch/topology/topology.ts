import { type Static, Type } from 'typebox'
import { nullable, oneOf, timestamp } from '../../../database/row.ts'
import { faultKinds, type QueueState } from '../../../messages/inspection.ts'
import { exchanges } from '../../../messages/messages.ts'
import { queueDefinition, queueKeys } from '../../../messages/queues.ts'
import { bindingsOf } from '../../../messages/routing.ts'
import type { Finding } from './finding.ts'
import type { OldestMessage } from './waiting.ts'

const Binding = Type.Object({ exchange: Type.String(), key: Type.String(), type: Type.String() })

const Queue = Type.Object({
  name: Type.String(),
  service: Type.String({ description: 'The role that reads it.' }),
  delivery: oneOf(['shared', 'addressed', 'broadcast']),
  bindings: Type.Array(Binding),
  depth: nullable(
    Type.Integer({ description: 'Messages that wait; 10000 may be more. Null: nobody has looked.' }),
  ),
  consumers: nullable(Type.Integer()),
  oldest_waiting_at: nullable(timestamp),
})

const Problem = Type.Object({
  object: Type.String(),
  kind: oneOf(faultKinds),
  problem: Type.String(),
  remedy: Type.String(),
  seen_by: Type.Array(Type.String(), { description: 'Host and roles of the processes that see it.' }),
})

/** What the routing table says, what the processes see of it, and where the two differ. */
export const Topology = Type.Object(
  {
    transport: oneOf(['postgres', 'rabbitmq']),
    exchanges: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
    queues: Type.Array(Queue),
    outbox: Type.Object({
      waiting: Type.Integer(),
      failed: Type.Integer({ description: 'Refused or returned by the broker, and tried again.' }),
      oldest_waiting_at: nullable(timestamp),
    }),
    processes: Type.Array(
      Type.Object({
        instance: Type.String(),
        host: Type.String(),
        roles: Type.Array(Type.String()),
        checked_at: timestamp,
        problems: Type.Integer(),
      }),
    ),
    problems: Type.Array(Problem),
  },
  { title: 'Topology' },
)
export type Topology = Static<typeof Topology>

type ObservedTopology = {
  transport: Topology['transport']
  findings: readonly Finding[]
  oldest: readonly OldestMessage[]
  outbox: { waiting: number; failed: number; oldest_at: string | null }
}

/** Puts together what is meant and what is seen. The latest look at a queue counts. */
export function topologyOf({ transport, findings, oldest, outbox }: ObservedTopology): Topology {
  const states = new Map<string, QueueState>()
  for (const finding of findings.toReversed())
    for (const state of finding.queues) states.set(state.queue, state)
  for (const state of neverSeen(states)) states.set(state.queue, state)
  return {
    transport,
    exchanges: Object.values(exchanges).map(({ name, type }) => ({ name, type })),
    queues: [...states.values()]
      .map((state) => queueOf(state, oldest, findings.length > 0))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    outbox: { waiting: outbox.waiting, failed: outbox.failed, oldest_waiting_at: outbox.oldest_at },
    processes: findings.map(({ instance, host, roles, checked_at, faults }) => ({
      instance,
      host,
      roles,
      checked_at,
      problems: faults.length,
    })),
    problems: problemsOf(findings),
  }
}

/** Shared queues are there whether or not a process has looked. */
function neverSeen(states: ReadonlyMap<string, QueueState>): QueueState[] {
  return queueKeys.flatMap((key) => {
    const { delivery, name } = queueDefinition(key)
    if (delivery !== 'shared' || states.has(name)) return []
    return [{ key, queue: name, names: {}, depth: 0, consumers: 0, oldest_at: null }]
  })
}

function queueOf(
  state: QueueState,
  oldest: readonly OldestMessage[],
  looked: boolean,
): Topology['queues'][number] {
  const { service, delivery, takes } = queueDefinition(state.key)
  return {
    name: state.queue,
    service,
    delivery,
    bindings: bindingsOf(state.key, state.names).map((binding, index) => ({
      ...binding,
      type: takes[index] ?? '',
    })),
    depth: looked ? state.depth : null,
    consumers: looked ? state.consumers : null,
    oldest_waiting_at: state.oldest_at ?? oldestOf(state, oldest),
  }
}

/** The broker does not tell how old a message is; the row that waits for it does. */
function oldestOf({ key, names }: QueueState, oldest: readonly OldestMessage[]): string | null {
  const found = oldest.find((one) => one.key === key && isOf(one.worker_id, names.worker_id))
  return found?.oldest_at ?? null
}

function isOf(worker: number | null, name: QueueState['names'][string] | undefined): boolean {
  return worker === null ? name === undefined : worker === Number(name)
}

function problemsOf(findings: readonly Finding[]): Topology['problems'] {
  const problems = new Map<string, Topology['problems'][number]>()
  for (const { host, roles, faults } of findings) {
    for (const fault of faults) {
      const id = `${fault.object} ${fault.kind} ${fault.remedy}`
      const known = problems.get(id) ?? { ...fault, seen_by: [] }
      known.seen_by.push(`${host} (${roles.join(', ')})`)
      problems.set(id, known)
    }
  }
  return [...problems.values()].toSorted((a, b) => (a.object < b.object ? -1 : 1))
}
