import type { Transaction } from '../database/database.ts'
import { publishCreated } from '../domain/flow/event/queries.ts'
import { lookAgain, walkEvents } from '../domain/flow/event/undecided.ts'
import type { Id } from '../id.ts'
import { outboxFlows } from '../messages/rabbitmq/outbox-backlog.ts'
import type { Limits } from './limits.ts'
import { claimRedrives, forget, markOf, nextRemembered, remember, setMark } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/** Events of one step of the walk, and steps of one run: more than arrive meanwhile at any rate seen. */
const STRIDE = 10_000
const STRIDES = 10

/** An event may become visible after later ones have: its transaction took longer. Nothing takes so long. */
const LATE_SECONDS = 900

/**
 * Finds events without a decision and says EventCreated again. Each event is looked at twice by a walk that never
 * turns back: when it is due, and once more a quarter of an hour later, for the sake of those that were committed
 * out of order. What is found undecided is kept in mind until it is decided, so the walk need not wait for it.
 */
export function redriveEvents({ interval_seconds, redrive_after_seconds, batch }: Limits): Sweep {
  return {
    name: 'redrive_events',
    interval_seconds,
    async run(tx) {
      await walkOn(tx, 'events', redrive_after_seconds)
      await walkOn(tx, 'late_events', redrive_after_seconds + LATE_SECONDS)
      const done = await sayAgain(tx, redrive_after_seconds, batch)
      return {
        done,
        repaired: `${done} events had no decision in time and were said again. Check that a sensor role runs and its queue is read.`,
      }
    },
  }
}

async function walkOn(tx: Transaction, name: string, seconds: number): Promise<void> {
  let mark = await markOf<Id<'event'>>(tx, name)
  for (let stride = 0; stride < STRIDES && mark !== undefined; stride += 1) {
    const { looked, event, created, undecided } = await walkEvents(tx, mark, seconds, STRIDE)
    if (event === null || created === null) return
    await remember(tx, 'event', undecided)
    mark = { event, created }
    await setMark(tx, name, mark)
    if (looked < STRIDE) return
  }
}

async function sayAgain(tx: Transaction, seconds: number, limit: number): Promise<number> {
  if (!(await outboxFlows(tx))) return 0
  const ids = await nextRemembered<Id<'event'>>(tx, 'event', limit)
  const found = await lookAgain(tx, ids)
  const open = found.filter(({ decided }) => !decided)
  const openIds = new Set(open.map(({ id }) => id))
  await forget(
    tx,
    'event',
    ids.filter((id) => !openIds.has(id)),
  )
  const claimed = await claimRedrives(tx, 'event', open, seconds)
  const lost = claimed.filter(({ set_aside }) => !set_aside)
  await publishCreated(tx, lost)
  return lost.length
}
