import type { Transaction } from '../database/database.ts'
import type { HopTimes } from '../observe/hop.ts'
import type { ConsumedMessage, MessageType } from './messages.ts'
import { type QueueKey, type QueuesOf, queueDefinition, type ServiceName, type Taken } from './queues.ts'
import { typeOn } from './routing.ts'
import { hasShape } from './shape.ts'
import type { Delivery, Receiver } from './transport.ts'
import { Malformed } from './verdict.ts'

/** What a step tells of a batch, for whoever counts it after the commit. */
export type HandledMessages = {
  /** Messages that found nothing left to do: an earlier delivery did it. */
  repeated: number
  /** Rules that were put off for the slow lane. */
  deferred?: number
  hops?: HopTimes
}

/** One step of the flow: a transaction and the messages that have arrived. A second delivery must be harmless. */
export type Handler<T extends MessageType> = (
  tx: Transaction,
  batch: ConsumedMessage<T>[],
) => Promise<HandledMessages | void>

/** The handlers of one queue: leaving a message out does not compile. */
export type Handlers<Q extends QueueKey> = { [T in Taken<Q>]: Handler<T> }

/** Every message of every queue of the service: leaving a queue out does not compile. */
export type Consumers<S extends ServiceName> = { [Q in QueuesOf<S>]: Handlers<Q> }

type AnyHandler = (tx: Transaction, batch: never[]) => Promise<HandledMessages | void>

/** Told of each run of messages of one type that a handler has gone through; `tx` has not committed yet. */
export type OnHandled = (
  tx: Transaction,
  type: MessageType,
  messages: number,
  handled: HandledMessages,
) => void

/**
 * Makes the receiver of a queue: checks that each message is one the queue takes and has its payload's shape,
 * then hands runs of one type to their handler in order of arrival.
 */
export function receiverOf<Q extends QueueKey>(
  key: Q,
  handlers: Handlers<Q>,
  { told, ...options }: Omit<Receiver, 'receive'> & { told?: OnHandled },
): Receiver {
  const handlerOf = new Map<string, AnyHandler>(Object.entries<AnyHandler>(handlers))
  return {
    ...options,
    async receive(tx, batch) {
      for (const run of runsOfOneType(batch.map((delivery) => decode(key, delivery)))) {
        const handle = handlerOf.get(run.type)
        if (handle === undefined) throw new Error(`No handler for ${run.type} on ${key}`)
        told?.(tx, run.type, run.payloads.length, (await handle(tx, run.payloads)) ?? { repeated: 0 })
      }
    },
  }
}

/** The message as this code base names it; throws for what does not belong on the queue. */
function decode(key: QueueKey, delivery: Delivery): { type: MessageType; payload: never } {
  const type = typeOn(key, delivery.type)
  if (type === undefined)
    throw new Malformed(`The queue ${queueDefinition(key).name} does not take ${delivery.type}.`)
  if (!hasShape(type, delivery.payload))
    throw new Malformed(`The payload of ${delivery.type} ${delivery.message_id} does not have its shape.`)
  return { type, payload: delivery.payload as never } // checked above against the schema the handler is typed by
}

function runsOfOneType(decoded: { type: MessageType; payload: never }[]) {
  const runs: { type: MessageType; payloads: never[] }[] = []
  for (const { type, payload } of decoded) {
    const last = runs.at(-1)
    if (last?.type === type) last.payloads.push(payload)
    else runs.push({ type, payloads: [payload] })
  }
  return runs
}
