import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Client } from '../client.ts'
import type { Facts } from '../facts.ts'
import { rulesOfLoad, TRIGGER } from '../pack.ts'

/** Milliseconds of one half of a campaign. */
export type Speed = { count: number; p50_ms: number; p99_ms: number }

/** A client that times its answers and comes again when it is turned away. */
export type Timed = Client & { answers: { at: number; ms: number }[]; turned_away: number }

const AWAY_MS = 500

export function timed(client: Client): Timed {
  const one: Timed = {
    answers: [],
    turned_away: 0,
    until: (deadline) => client.until(deadline),
    async send(method, path, body) {
      const began = Date.now()
      for (;;) {
        const answer = await client.send(method, path, body)
        if (answer?.status !== 429) {
          one.answers.push({ at: began, ms: Date.now() - began })
          return answer
        }
        one.turned_away += 1
        await sleep(AWAY_MS)
      }
    },
  }
  return one
}

export function speedOf(samples: readonly number[]): Speed {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { count: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99) }
}

/** What of an event's way took how long, in milliseconds. */
export const stretches = ['to_enforcement', 'to_execution', 'to_start', 'to_end'] as const
export type End = { n: number; ms: number } & { [S in (typeof stretches)[number]]: number }

/** From the accepted event to the recorded end of what every event runs, further tries included, by the event's number. */
export async function ends(session: pg.Client): Promise<End[]> {
  const ms = (from: string, to: string) => `(extract(epoch from ${to} - ${from}) * 1000)::float8`
  const { rows } = await session.query<End>(
    `select (e.payload->>'n')::int as n, ${ms('e.created', 'x.updated')} as ms,
       ${ms('e.created', 'f.created')} as to_enforcement, ${ms('f.created', 'x.created')} as to_execution,
       ${ms('x.created', 'x.started_at')} as to_start, ${ms('x.started_at', 'x.updated')} as to_end
     from event e
     join enforcement f on f.event = e.id and f.rule_ref = 'faults.every'
     join execution x on x.enforcement = f.id and x.status = 'completed'
     where e.trigger_ref = $1`,
    [TRIGGER],
  )
  return rows
}

/** What of the load is still to be done. What hostile users have asked for may take longer. */
export async function leftOfLoad(session: pg.Client): Promise<number> {
  const { rows } = await session.query<{ left: number }>(
    `select (
       (select count(*) from event e where e.trigger_ref = $1
          and not exists (select from event_decision d where d.event = e.id))
       + (select count(*) from enforcement where status = 'created' and rule_ref like 'faults.%')
       + (select count(*) from execution where live and action_ref like 'faults.%')
       + (select count(*) from execution e where action_ref like 'faults.%'
            and status in ('failed', 'timeout', 'abandoned') and retry_count < coalesce(max_retries, 0)
            and not exists (select from execution r
              where r.original_execution = coalesce(e.original_execution, e.id) and r.retry_count = e.retry_count + 1)))::int as left`,
    [TRIGGER],
  )
  return rows[0]?.left ?? 0
}

/** The facts without what hostile users made. */
export function ofLoad(facts: Facts): Facts {
  const rules = new Set(rulesOfLoad.map(({ ref }) => ref))
  const enforcements = facts.enforcements.filter(({ rule_ref }) => rules.has(rule_ref))
  const known = new Set(enforcements.map(({ id }) => id))
  const executions = facts.executions.filter(
    ({ enforcement }) => enforcement !== null && known.has(enforcement),
  )
  const ids = new Set(executions.map(({ id }) => id))
  return {
    events: facts.events,
    enforcements,
    executions,
    steps: facts.steps.filter(({ execution }) => ids.has(execution)),
    runs: facts.runs.filter(({ execution }) => ids.has(execution)),
    dead_letters: [],
    left: [],
  }
}
