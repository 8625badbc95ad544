import pg from 'pg'

const LOOK_MS = 1000
/** A connection that says nothing must not hold up the end of a migration. */
const ANSWER_MS = 5000

/** Tells for whose locks a session waits; a migration that stands still must say why. */
export type LockWatch = {
  /** Who held what the session waited for when it was last looked; undefined when nobody did. */
  holders(): string | undefined
  stop(): Promise<void>
}

/** Looks once a second, over a session of its own, whom `client` waits for. */
export async function watchLocks(
  url: string,
  client: pg.Client,
  told: (doing: string) => void,
): Promise<LockWatch> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const watcher = new pg.Client({
    connectionString: url,
    application_name: 'attune-migrate-watch',
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
  })
  watcher.on('error', () => undefined) // it tells no more; the migration goes on
  await watcher.connect()
  let holders: string | undefined
  let looking: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    const found = await watcher.query<{ holder: string }>(BLOCKING, [rows[0]?.pid])
    const now = found.rows.map(({ holder }) => holder).join(', ')
    if (now !== '' && now !== holders) told(`waits for a lock of ${now}`)
    if (now !== '') holders = now
  }
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => undefined) // without an answer nothing is told
  }, LOOK_MS)
  return {
    holders: () => holders,
    async stop() {
      clearInterval(timer)
      await looking
      await watcher.end().catch(() => undefined) // it may have lost its connection
    },
  }
}

const BLOCKING = `
  select format('session %s (%s)', a.pid, coalesce(nullif(a.application_name, ''), 'unnamed')) as holder
  from unnest(pg_blocking_pids($1)) b (pid)
  join pg_stat_activity a on a.pid = b.pid
  order by a.pid`
