import pg from 'pg'
import type { OutgoingMessage } from './outgoing.ts'
import { isTransient, isUnanswered, refusalOf } from './violation.ts'
import type { Sql } from './sql.ts'

/**
 * The one door to PostgreSQL. Four verbs; every statement of the program goes through them, and a violated
 * constraint leaves as a Problem that names the field.
 */
export interface Queryable {
  /** Runs a statement and answers how many rows it touched. */
  run(query: Sql): Promise<number>
  /** Every row. */
  many<Row extends object>(query: Sql): Promise<Row[]>
  /** The row, or undefined when there is none. More than one is a bug. */
  maybe<Row extends object>(query: Sql): Promise<Row | undefined>
  /** Exactly one row. */
  one<Row extends object>(query: Sql): Promise<Row>
}

/** A unit of work. State changes and the messages they cause commit together or not at all. */
export interface Transaction extends Queryable {
  /** Runs after the commit, never after a rollback: wake-ups and relays, nothing that must not be lost. */
  afterCommit(effect: () => void): void
  /** Runs when the transaction did not commit, or may not have: undoes what was done in memory for it. */
  afterRollback(effect: () => void): void
  /**
   * What this transaction writes is an end that nobody must see undone: its commit waits for the disk, also where it
   * was opened as `deferred`.
   */
  mustLast(): Promise<void>
  /** Writes routed messages into this transaction. Called by publish() alone. */
  post(outgoing: readonly OutgoingMessage[]): Promise<void>
}

/** Writes messages in the caller's transaction and sees to their delivery after the commit. */
export type PostMessages = (tx: Transaction, outgoing: readonly OutgoingMessage[]) => Promise<void>

export type TransactionOptions = {
  /**
   * `deferred`: the commit does not wait for the disk. A crash of the server may undo the last moments of such
   * commits, always the newest first, so only where everything they did comes undone with them and nothing of it is
   * an end. Default `waits`.
   */
  durability: 'waits' | 'deferred'
}

export interface Database extends Queryable {
  /** Runs `work` in one transaction; a throw rolls back. */
  transaction<Result>(
    work: (tx: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>
  /**
   * A connection outside the pool, for LISTEN and for locks that belong to a session. A statement that is not answered
   * in time fails; the session is then of no more use.
   */
  session(answer_ms: number): Promise<pg.Client>
  /**
   * One connection apart from the pool, for what must not wait behind the rest; a statement that takes longer fails
   * and the connection is made anew. Closed by whoever asked for it.
   */
  apart(statementMs: number): Database
  /** The same database as one request uses it. */
  within(scope: Scope): Database
  close(): Promise<void>
}

/** What bounds the statements of a request. */
export type Scope = {
  /** Waits for its turn before a statement or a transaction; what it answers ends the turn. */
  turn(): Promise<() => void>
  /** Nobody waits for answers any more: the statement under way is cancelled, unless it is one of a transaction. */
  signal?: AbortSignal
}

export type DatabaseOptions = {
  url: string
  /** Connections of the pool. Default 10. */
  max_connections?: number
  /** Seconds to wait for a connection. Default 30. */
  connect_timeout?: number
  /** Milliseconds after which a statement is given up, also when the server is gone without a word. */
  statement_ms?: number
  /** Milliseconds after which the server itself ends a statement. Default: never. */
  server_statement_ms?: number
  application_name?: string
  /** How a transaction's messages are written; without it publishing is refused. */
  post?: PostMessages
}

const refuseToPost: PostMessages = async () => {
  throw new Error('This database was opened without a transport; nothing can be published through it.')
}

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === 20) return toSafeInteger // int8
    if (oid === 1184) return toTimestamp // timestamptz
    return pg.types.getTypeParser(oid, format)
  },
}

/**
 * Settings of every connection. Prepared statements keep the plan of the day they were made, and tables of the
 * flow grow from nothing to a backlog within seconds: a plan made for an empty table would read all of it for
 * every batch. Without sequential scans it is the indexed one from the start; just-in-time compilation, which
 * their penalty in the estimate would set off, costs more than any statement here.
 */
const SESSION = [
  'TimeZone=UTC',
  'search_path=attune,public',
  'idle_in_transaction_session_timeout=60s',
  'synchronous_commit=on',
  'enable_seqscan=off',
  'jit=off',
]

function sessionOf({ server_statement_ms }: DatabaseOptions): string[] {
  return server_statement_ms === undefined
    ? SESSION
    : [...SESSION, `statement_timeout=${Math.ceil(server_statement_ms)}`]
}

/**
 * A server that vanishes without a word (a partition, a host that is switched off) shows by nothing else: an idle
 * connection by keep-alive, a statement under way by its answer not coming.
 */
const ANSWER_MS = 60_000
const KEEP_ALIVE_MS = 10_000
/** Where the server itself ends a statement, an answer that comes so much later does not come. */
const LATE_MS = 5000

function answerMs({ statement_ms, server_statement_ms }: DatabaseOptions): number {
  if (statement_ms !== undefined) return statement_ms
  return server_statement_ms === undefined ? ANSWER_MS : Math.min(ANSWER_MS, server_statement_ms + LATE_MS)
}

/** Opens a pool. Connections are made on demand, so a database that is away shows at the first statement. */
export function openDatabase(options: DatabaseOptions): Database {
  const connection = {
    connectionString: options.url,
    application_name: options.application_name ?? 'attune',
    types,
    options: sessionOf(options)
      .map((setting) => `-c ${setting}`)
      .join(' '),
    connectionTimeoutMillis: (options.connect_timeout ?? 30) * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    query_timeout: ANSWER_MS,
  }
  const pool = new pg.Pool({
    ...connection,
    pipeline: true,
    max: options.max_connections ?? 10,
    query_timeout: answerMs(options),
  })
  pool.on('error', () => undefined) // an idle connection that breaks is replaced at the next use
  // The pool listens to idle connections only; one that breaks between two statements of a transaction would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))

  const transaction: Database['transaction'] = async (work, { durability } = { durability: 'waits' }) => {
    const client = await pool.connect()
    return runTransaction(client, { post: options.post ?? refuseToPost, durability }, work)
  }
  const canceller = new pg.Pool({ ...connection, max: 1 }) // dials when it is first asked
  canceller.on('error', () => undefined)
  const cancel = (client: pg.PoolClient) => cancelStatement(canceller, client)

  const database: Database = {
    ...verbs((query) => pool.query(query)),
    transaction,
    async session(answer_ms) {
      const client = new pg.Client({ ...connection, query_timeout: answer_ms })
      client.on('error', () => undefined)
      await client.connect()
      return client
    },
    apart: (statement_ms) =>
      openDatabase({ ...options, max_connections: 1, connect_timeout: statement_ms / 1000, statement_ms }),
    within: (scope) => ({
      ...database,
      ...verbs((query) => inTurn(scope, () => sendWithin(pool, query, { signal: scope.signal, cancel }))),
      transaction: (work, how) => inTurn(scope, () => transaction(work, how)),
    }),
    async close() {
      await Promise.all([pool.end(), canceller.end()])
    },
  }
  return database
}

async function inTurn<Result>({ turn, signal }: Scope, work: () => Promise<Result>): Promise<Result> {
  const end = await turn()
  try {
    signal?.throwIfAborted()
    return await work()
  } finally {
    end()
  }
}

type Cancelling = { signal: AbortSignal | undefined; cancel(client: pg.PoolClient): Promise<unknown> }

/**
 * One statement on a connection of the pool. The server does not notice by itself that nobody waits any more. The
 * connection of a statement that was cancelled is closed: the cancel may come late and must not meet the next one.
 */
async function sendWithin(
  pool: pg.Pool,
  query: pg.QueryConfig,
  { signal, cancel }: Cancelling,
): Promise<pg.QueryResult> {
  if (signal === undefined) return pool.query(query)
  const client = await pool.connect()
  let cancelled: Promise<unknown> | undefined
  const stop = () => {
    cancelled = cancel(client)
  }
  signal.addEventListener('abort', stop, { once: true })
  let broken: Error | undefined
  try {
    signal.throwIfAborted()
    return await client.query(query)
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
    await cancelled
    client.release(cancelled === undefined ? broken : true)
  }
}

/** Asked for over a connection of its own: those of the pool may all be busy with what is to end. */
async function cancelStatement(canceller: pg.Pool, client: pg.PoolClient): Promise<void> {
  const pid: unknown = Reflect.get(client, 'processID') // the driver has it, its types do not
  await canceller.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined)
}

const begins = { waits: 'begin', deferred: 'begin; set local synchronous_commit = off' }
const WAIT = 'set local synchronous_commit = on'

async function runTransaction<Result>(
  client: pg.PoolClient,
  { post, durability }: TransactionOptions & { post: PostMessages },
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  /** Why the server ended the connection: what the driver says of the next statement no longer tells. */
  let ended: Error | undefined
  const note = (error: Error) => {
    ended ??= error
  }
  client.on('error', note)
  const committed: (() => void)[] = []
  const undone: (() => void)[] = []
  let effects = undone
  let broken: Error | undefined
  let waits = durability === 'waits'
  const send: Send = (query) => {
    gather(client)
    return client.query(query)
  }
  const begun = send({ text: begins[durability] }).catch((error: unknown) => {
    broken = error instanceof Error ? error : new Error(String(error))
  })
  try {
    const tx: Transaction = {
      ...verbs(send),
      afterCommit: (effect) => committed.push(effect),
      afterRollback: (effect) => undone.push(effect),
      async mustLast() {
        if (waits) return
        waits = true
        await send({ text: WAIT })
      },
      post: (outgoing) => post(tx, outgoing),
    }
    const result = await work(tx)
    await begun
    if (broken !== undefined) throw broken
    // The server answers ROLLBACK, and no error, where an error inside was swallowed.
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error('The transaction had failed and was rolled back.')
    effects = committed
    client.release()
    return result
  } catch (error) {
    await giveUp(client, error)
    throw ended !== undefined && isTransient(error) ? new Error(String(error), { cause: ended }) : error
  } finally {
    client.off('error', note)
    for (const effect of effects) effect()
  }
}

/** Whoever has not answered a statement would not answer this one either: the connection ends, and the work with it. */
async function giveUp(client: pg.PoolClient, error: unknown): Promise<void> {
  if (isUnanswered(error)) return client.release(true)
  await client.query('rollback').then(
    () => client.release(),
    (lost: unknown) => client.release(lost instanceof Error ? lost : true),
  )
}

/**
 * Statements of one turn of the event loop leave with one system call. The driver sends each by itself, so `begin`
 * and statements that need not wait for each other would cost a call and a wake-up of the server each. Nothing waits
 * for a timer: they leave before the event loop goes on.
 */
function gather({ connection: { stream } }: pg.PoolClient): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

type Send = (query: pg.QueryConfig) => Promise<pg.QueryResult>

function verbs(send: Send): Queryable {
  const ask = async (query: Sql): Promise<pg.QueryResult> => {
    try {
      return await send({
        text: query.text,
        values: [...query.values],
        ...(query.name ? { name: query.name } : {}),
      })
    } catch (error) {
      throw refusalOf(error) ?? error
    }
  }
  const rows = async <Row extends object>(query: Sql): Promise<Row[]> => (await ask(query)).rows
  return {
    run: async (query) => (await ask(query)).rowCount ?? 0,
    many: rows,
    async maybe<Row extends object>(query: Sql): Promise<Row | undefined> {
      const found = await rows<Row>(query)
      if (found.length > 1) throw new Error(`Expected at most one row, got ${found.length}: ${query.text}`)
      return found[0]
    },
    async one<Row extends object>(query: Sql): Promise<Row> {
      const [row, ...others] = await rows<Row>(query)
      if (row === undefined || others.length > 0) throw new Error(`Expected one row: ${query.text}`)
      return row
    },
  }
}

function toSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`An integer beyond 2^53 came from the database: ${text}`)
  return value
}

/** `2026-01-31 09:00:00.123456+00` as RFC 3339 in UTC, with every digit the database keeps. */
function toTimestamp(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11).replace(/\+00(:00)?$/, '')}Z`
}
