import type { Channel, ConfirmChannel } from 'amqplib'
import type { Database } from '../../database/database.ts'
import type { TopologyFault, Inspection, QueueState } from '../inspection.ts'
import { isMessageType } from '../messages.ts'
import { queueDefinition, queueKeys } from '../queues.ts'
import { bindingsOf, routingOf } from '../routing.ts'
import type { Consumer, QueueSubscription } from '../transport.ts'
import { within } from '../../waiting/within.ts'
import { type Connection, shut } from './channel.ts'
import { returnedRows } from './outbox.ts'
import { consumedProbes, type Probe, probeOf, send, type ProbeRoute } from './probe.ts'
import { declareQueue, declareShared, queueOptions } from './topology.ts'

/** The broker answers within this or counts as away; less than the time between two inspections. */
const ANSWER_MS = 8000
/** A queue in which more waits gets no probe on top: it would expire behind the work. */
const BUSY_DEPTH = 1000

type Probed = { queue: string; probe: Probe }
type Seen = {
  state: QueueState
  faults: TopologyFault[]
  /** Its reader is there and leaves messages in it until something can be begun: no probe comes through either. */
  holds_back: boolean
}
/** A queue that this process means to read. */
export type InspectedQueues = {
  listening: QueueSubscription
  consumer: Consumer & { renew(reason: string): Promise<void>; holdsBack(): boolean }
}

/**
 * Compares the broker with the routing table, from the outside: what is declared, who reads, and whether a message
 * really gets from each exchange and key to its queue. What an inspection finds, the next one repairs first.
 */
export class Inspector {
  readonly #connection: Connection
  readonly #database: Database
  /** Probes that were accepted and whose arrival the next inspection looks for. */
  #sent: readonly Probed[] = []
  #earlier: readonly TopologyFault[] = []
  #looking: Promise<void> | undefined

  constructor(connection: Connection, database: Database) {
    this.#connection = connection
    this.#database = database
  }

  async inspect(own: readonly InspectedQueues[]): Promise<Inspection> {
    let inspection: Inspection | undefined
    let failure = 'it does not answer'
    // One that hangs on a dead connection ends when that is given up; a second one beside it would only hang too.
    this.#looking ??= this.#look(own)
      .then(
        (found) => void (inspection = found),
        (error: unknown) => void (failure = error instanceof Error ? error.message : String(error)),
      )
      .finally(() => (this.#looking = undefined))
    await within(this.#looking, ANSWER_MS)
    inspection ??= { queues: [], faults: [unreachable(failure)] }
    this.#earlier = inspection.faults
    return inspection
  }

  async #look(own: readonly InspectedQueues[]): Promise<Inspection> {
    if (this.#earlier.length > 0) await this.#repair(own)
    const seen: Seen[] = []
    for (const listening of this.#toSee(own)) {
      const { consumer } = own.find((one) => one.listening.name === listening.name) ?? {}
      const holds_back = consumer?.holdsBack() === true
      const seenQueue = await this.#seeQueue(listening, holds_back)
      if (consumer !== undefined && !consumer.live()) seenQueue.faults.push(stopped(listening.name))
      seen.push(seenQueue)
    }
    const faults = [
      ...seen.flatMap((one) => one.faults),
      ...(await this.#probeAll(seen)),
      ...(await returnedRows(this.#database)).map(returnedFault),
    ]
    return { queues: seen.map(({ state }) => state), faults }
  }

  /** Every shared queue, whoever reads it, and the queues of this process alone. */
  #toSee(own: readonly InspectedQueues[]): QueueSubscription[] {
    const shared = queueKeys.flatMap((key): QueueSubscription[] => {
      const { delivery, name } = queueDefinition(key)
      return delivery === 'shared' ? [{ key, name, names: {} }] : []
    })
    const others = own
      .map(({ listening }) => listening)
      .filter(({ key }) => queueDefinition(key).delivery !== 'shared')
    return [...shared, ...others]
  }

  async #seeQueue({ key, name, names }: QueueSubscription, holds_back: boolean): Promise<Seen> {
    const state: QueueState = { key, queue: name, names, depth: 0, consumers: 0, oldest_at: null }
    const found = await this.#tried((channel) => channel.checkQueue(name))
    if (!found.done) return { state, faults: [missing(name, found.refusal)], holds_back }
    state.depth = found.answer.messageCount
    state.consumers = Math.max(found.answer.consumerCount, holds_back ? 1 : 0)
    // Asking whether it is there does not look at its arguments; declaring it again does.
    const declared = await this.#tried((channel) =>
      channel.assertQueue(name, queueOptions(queueDefinition(key))),
    )
    const faults = declared.done ? [] : [wrongArguments(name, declared.refusal)]
    if (state.consumers === 0 && state.depth > 0) faults.push(unread(state, queueDefinition(key).service))
    return { state, faults, holds_back }
  }

  /** Does one thing on a channel of its own, because a refusal closes the channel. */
  async #tried<T>(
    work: (channel: Channel) => Promise<T>,
  ): Promise<{ done: true; answer: T } | { done: false; refusal: string }> {
    const channel = await this.#connection.createChannel()
    channel.on('error', () => undefined)
    try {
      return { done: true, answer: await work(channel) }
    } catch (error) {
      if (!isRefusal(error)) throw error
      return { done: false, refusal: error.message }
    } finally {
      void shut(channel)
    }
  }

  async #probeAll(seen: readonly Seen[]): Promise<TopologyFault[]> {
    const faults = await this.#unheard(seen)
    const probed = probesOf(seen)
    const returned = probed.length === 0 ? new Set<string>() : await this.#send(probed)
    for (const { queue, probe } of probed) if (returned.has(probe.id)) faults.push(unbound(queue, probe))
    this.#sent = probed.filter(({ probe }) => !returned.has(probe.id))
    return faults
  }

  async #send(probed: readonly Probed[]): Promise<Set<string>> {
    const channel: ConfirmChannel = await this.#connection.createConfirmChannel()
    channel.on('error', () => undefined)
    try {
      return await send(channel, [...new Set(probed.map(({ probe }) => probe))])
    } finally {
      void shut(channel)
    }
  }

  /** Probes of the inspection before that no consumer has heard although nothing was in their way. */
  async #unheard(seen: readonly Seen[]): Promise<TopologyFault[]> {
    if (this.#sent.length === 0) return []
    const arrived = await consumedProbes(
      this.#database,
      this.#sent.map(({ probe }) => probe.id),
    )
    const idle = new Set(
      seen.flatMap(({ state, holds_back }) =>
        state.depth === 0 && state.consumers > 0 && !holds_back ? [state.queue] : [],
      ),
    )
    return this.#sent.flatMap(({ queue, probe }) => {
      const isHeard = arrived.some((one) => one.queue === queue && one.probe === probe.id)
      return isHeard || !idle.has(queue) ? [] : [strayed(queue, probe)]
    })
  }

  /** Declares and binds again what this process knows of. What the broker refuses shows when it is looked at. */
  async #repair(own: readonly InspectedQueues[]): Promise<void> {
    await this.#tried(declareShared)
    // A queue that was deleted and declared again may go on sending to a consumer that its broker no longer passes on.
    const misrouted = new Set(
      this.#earlier.flatMap(({ kind, object }) => (kind === 'misrouted' ? [object] : [])),
    )
    for (const { listening, consumer } of own)
      if (misrouted.has(listening.name)) await consumer.renew(`probes do not arrive from ${listening.name}`)
    for (const { listening } of own) await this.#tried((channel) => declareQueue(channel, listening))
    for (const listening of await this.#returnedTo())
      await this.#tried((channel) => declareQueue(channel, listening))
  }

  /** The addressed queues that returned messages are for: declared again, they keep them for their owner. */
  async #returnedTo(): Promise<QueueSubscription[]> {
    return (await returnedRows(this.#database)).flatMap(({ type, payload }) => {
      if (!isMessageType(type)) return []
      const names = payload as QueueSubscription['names'] // publish() filled the key from this very payload
      const wanted = new Set(
        routingOf(type, payload).destinations.flatMap((to) => (to.kind === 'queue' ? [to.name] : [])),
      )
      return queueKeys.flatMap((key): QueueSubscription[] => {
        const { delivery, takes } = queueDefinition(key)
        if (delivery !== 'addressed' || !takes.includes(type)) return []
        return [...wanted].map((name) => ({ key, name, names }))
      })
    })
  }
}

/**
 * A probe for each way that leads to a queue, one where several queues share it: none where nobody reads, or where it
 * would wait behind work.
 */
function probesOf(seen: readonly Seen[]): Probed[] {
  const probes = new Map<string, Probe>()
  return seen.flatMap(({ state: { key, queue, names, depth, consumers }, holds_back }) => {
    if (consumers === 0 || holds_back || depth > BUSY_DEPTH) return []
    const { takes } = queueDefinition(key)
    return bindingsOf(key, names).flatMap((binding, index) => {
      const type = takes[index]
      if (type === undefined) return []
      const way = `${binding.exchange} ${binding.key}`
      const probe = probes.get(way) ?? probeOf({ ...binding, type })
      probes.set(way, probe)
      return [{ queue, probe }]
    })
  })
}

/** Not found, in use by another, other arguments, forbidden: an answer, unlike a connection that is lost. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && [403, 404, 405, 406].includes(Number(error.code))
}

function unreachable(reason: string): TopologyFault {
  return {
    object: 'broker',
    kind: 'unreachable',
    problem: `The broker could not be inspected: ${reason}.`,
    remedy: 'See that RabbitMQ runs, has memory and disk left, and can be reached at message_queue.url.',
  }
}

function missing(queue: string, refusal: string): TopologyFault {
  return {
    object: queue,
    kind: 'missing_queue',
    problem: `The queue ${queue} is not there: ${refusal}.`,
    remedy: 'It is declared again by the next check; find out who deletes it.',
  }
}

function wrongArguments(queue: string, refusal: string): TopologyFault {
  return {
    object: queue,
    kind: 'wrong_arguments',
    problem: `The queue ${queue} was declared otherwise: ${refusal}.`,
    remedy: `Empty and delete it (rabbitmqctl delete_queue ${queue} --if-empty); it is declared again by itself.`,
  }
}

function unread({ queue, depth }: QueueState, service: string): TopologyFault {
  return {
    object: queue,
    kind: 'no_consumer',
    problem: `${depth} messages wait in ${queue} and nobody reads it.`,
    remedy: `Start a process with the role ${service}.`,
  }
}

function stopped(queue: string): TopologyFault {
  return {
    object: queue,
    kind: 'consumer_stopped',
    problem: `This process should read ${queue} and does not.`,
    remedy: 'It goes on trying; where it does not succeed, see its log and restart it.',
  }
}

function unbound(queue: string, { exchange, key, type }: ProbeRoute): TopologyFault {
  return {
    object: queue,
    kind: 'misrouted',
    problem: `${type} does not arrive: no queue is bound to ${exchange} for ${key}, ${queue} should be.`,
    remedy: `It is bound again by the next check; find out who unbinds ${queue}.`,
  }
}

function strayed(queue: string, { exchange, key, type }: ProbeRoute): TopologyFault {
  return {
    object: queue,
    kind: 'misrouted',
    problem: `${type} does not arrive: what is published to ${exchange} with ${key} does not come out of ${queue}.`,
    remedy: `The next check binds it and subscribes to it again; remove a queue or binding that takes its messages.`,
  }
}

function returnedFault(row: Awaited<ReturnType<typeof returnedRows>>[number]): TopologyFault {
  const { exchange, routing_key, type, waiting, oldest_at } = row
  return {
    object: `${exchange} ${routing_key}`,
    kind: 'returned',
    problem: `The broker returned ${waiting} ${type}, the oldest from ${oldest_at}: no queue is bound to ${exchange} for ${routing_key}.`,
    remedy:
      'They are kept and published again every few seconds; the queue is declared by the next check. Start whoever reads it.',
  }
}
