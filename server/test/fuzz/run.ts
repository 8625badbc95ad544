import fc from 'fast-check'
import type { Database } from '../../src/database/database.ts'
import { join, raw, sql } from '../../src/database/sql.ts'
import { isJsonObject } from '../../src/json.ts'
import type { WholeApi } from '../whole-api.ts'
import type { World } from '../world.ts'
import { type FuzzRequest, type Operation, operationsOf, requestsOf } from './requests.ts'

type FuzzResult = {
  requests: number
  /** How many answers had each status. */
  statuses: Readonly<Record<string, number>>
  findings: string[]
}

type FuzzOptions = {
  seed: number
  /** Opens a session: a request may have ended the one before. */
  logIn(): Promise<string>
  /** Goes on while it says so. */
  more(rounds: number): boolean
}

/** Written beside the request, whatever becomes of it. */
const besides = /^(audit_event|webhook_event_log|login_attempt|probe_heard)/

/** Asks every operation again and again, each time otherwise, and looks at what comes back and what stays. */
export async function fuzz(api: WholeApi, world: World, options: FuzzOptions): Promise<FuzzResult> {
  const { text } = await api.ask('GET', '/api-spec/openapi.json')
  const document: unknown = JSON.parse(text)
  const operations = operationsOf(isJsonObject(document) ? document : {})
  const tables = await tablesOf(api.db)
  const statuses: Record<string, number> = {}
  const findings: string[] = []
  let token = await options.logIn()
  let rows = await countRows(api.db, tables)
  let requests = 0
  for (let round = 0; options.more(round); round += 1) {
    for (const [at, operation] of operations.entries()) {
      const [request] = fc.sample(requestsOf(operation, world), {
        seed: options.seed + round * 10_000 + at,
        numRuns: 1,
      })
      if (request === undefined) continue
      requests += 1
      const { status, trouble } = await attempt(api, request, { operation, token })
      statuses[status] = (statuses[status] ?? 0) + 1
      const now = await countRows(api.db, tables)
      const left = status >= 400 ? differences(rows, now) : ''
      rows = now
      if (status === 401) {
        token = await options.logIn()
        rows = await countRows(api.db, tables)
      }
      const problems = [trouble, left === '' ? undefined : `refused, but it left rows: ${left}`]
      findings.push(
        ...problems
          .filter((problem) => problem !== undefined)
          .map(
            (problem) => `seed ${options.seed} request ${requests}: ${told(request)} → ${status}: ${problem}`,
          ),
      )
    }
  }
  return { requests, statuses, findings }
}

type Counts = Readonly<Record<string, number>>
type Attempted = { status: number; trouble: string | undefined }

async function attempt(
  api: WholeApi,
  { method, path, body }: FuzzRequest,
  { operation, token }: { operation: Operation; token: string },
): Promise<Attempted> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  try {
    const { status, text } = await api.ask(method, path, {
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status, trouble: troubleIn(operation, status, text) }
  } catch (error) {
    return { status: 0, trouble: error instanceof Error ? error.message : String(error) }
  }
}

/** What is not switched on says so with 501; what is not well with 503; that is what their routes are for. */
function troubleIn({ path, description }: Operation, status: number, text: string): string | undefined {
  const responses = isJsonObject(description['responses']) ? description['responses'] : {}
  if (status >= 500 && responses[status] === undefined) return `a failure: ${text.slice(0, 300)}`
  if (status >= 400 && !path.startsWith('/health') && !text.startsWith('{"error":'))
    return `a refusal without our form: ${text.slice(0, 300)}`
  if (status < 400 && responses[status] === undefined) return 'a success that is not documented'
  return undefined
}

async function tablesOf(db: Database): Promise<string[]> {
  const rows = await db.many<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'attune' order by 1`,
  )
  return rows.map(({ name }) => name).filter((name) => !besides.test(name))
}

async function countRows(db: Database, tables: readonly string[]): Promise<Counts> {
  const counts = tables.map(
    (table) => sql`select ${table} as name, count(*) as rows from ${raw(`"${table}"`)}`,
  )
  const found = await db.many<{ name: string; rows: number }>(join(counts, ' union all '))
  return Object.fromEntries(found.map(({ name, rows }) => [name, rows]))
}

function differences(before: Counts, after: Counts): string {
  return Object.keys(after)
    .filter((table) => before[table] !== after[table])
    .map((table) => `${table} ${before[table]} → ${after[table]}`)
    .join(', ')
}

function told({ method, path, body }: FuzzRequest): string {
  return `${method} ${path.slice(0, 400)} ${body === undefined ? '' : JSON.stringify(body).slice(0, 600)}`
}
