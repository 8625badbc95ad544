import { Type } from 'typebox'
import type { Queryable } from '../database/database.ts'
import { outageText } from '../database/outage.ts'
import { sql } from '../database/sql.ts'
import { VERSION } from '../version.ts'
import { within } from '../waiting/within.ts'
import { Answer, type Route, read } from './route.ts'

/** What has to be well before this process takes work: each says what is wrong, or nothing. */
export type HealthChecks = Record<string, () => string | undefined | Promise<string | undefined>>

/** A check that does not answer is trouble too. */
const PATIENCE_MS = 3000

const Alive = Type.Object({ status: Type.Literal('ok') })
const Ready = Type.Object({
  status: Type.Literal('ok'),
  notes: Type.Optional(Type.Array(Type.String(), { description: 'What somebody should know all the same.' })),
})
const NotReady = Type.Object({
  status: Type.Literal('not_ready'),
  reasons: Type.Record(Type.String(), Type.String(), {
    description: 'What is wrong, by the name of the check.',
  }),
})
const Detailed = Type.Object({ status: Type.String(), version: Type.String(), database: Type.String() })
const Down = Type.Object({
  status: Type.Literal('error'),
  database: Type.Literal('disconnected'),
  error: Type.String(),
})

const common = { method: 'GET', tag: 'health', access: 'public', guard: 'probe' } as const

/** How the process is. Bodies are bare: probes read them, not clients. */
export function healthRoutes({
  checks,
  notes = () => [],
}: {
  checks: HealthChecks
  notes?: () => readonly string[]
}): Route[] {
  return [
    read({
      ...common,
      path: '/health',
      summary: 'Whether it answers',
      success: { 200: Alive },
      handle: alive,
    }),
    read({
      ...common,
      path: '/health/live',
      summary: 'Whether it lives',
      success: { 200: Alive },
      handle: alive,
    }),
    read({
      ...common,
      path: '/health/ready',
      summary: 'Whether it can take work',
      success: { 200: Ready, 503: NotReady },
      async handle({ db }) {
        const reasons = await troubles({ database: () => databaseTrouble(db), ...checks })
        const told = notes()
        return Object.keys(reasons).length === 0
          ? { status: 'ok', ...(told.length > 0 && { notes: [...told] }) }
          : new Answer(503, { status: 'not_ready', reasons })
      },
    }),
    read({
      ...common,
      path: '/health/detailed',
      summary: 'Version and database',
      success: { 200: Detailed, 503: Down },
      async handle({ db }) {
        const error = await troubleOf(() => databaseTrouble(db))
        if (error !== undefined) return new Answer(503, { status: 'error', database: 'disconnected', error })
        return { status: 'ok', version: VERSION, database: 'connected' }
      },
    }),
  ]
}

async function alive() {
  return { status: 'ok' }
}

async function databaseTrouble(db: Queryable): Promise<string | undefined> {
  await db.one(sql`select 1 as one`)
  return undefined
}

/** What is wrong, by the name of the check. */
export async function troubles(checks: HealthChecks): Promise<Record<string, string>> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await troubleOf(check)] as const),
  )
  return Object.fromEntries(
    found.flatMap(([name, trouble]) => (trouble === undefined ? [] : [[name, trouble]])),
  )
}

/** What the check says; what it throws and that it hangs count as well. */
function troubleOf(check: HealthChecks[string]): Promise<string | undefined> {
  return within(attempt(check), PATIENCE_MS, `No answer within ${PATIENCE_MS / 1000} s.`)
}

async function attempt(check: HealthChecks[string]): Promise<string | undefined> {
  try {
    return await check()
  } catch (error) {
    return outageText(error)
  }
}
