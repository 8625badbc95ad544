import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { Problem } from '../problem.ts'
import { type LockWatch, watchLocks } from './lock-watch.ts'

const folder = new URL('../../migrations/', import.meta.url)
const LOCK = 'select pg_advisory_lock(7, hashtext(current_database()))' // one migrator per database

type Migration = { name: string; text: string; checksum: string }

/** Told what a migration does, and whom it waits for: a clause such as `applies 0003-rules.sql (3 of 28)`. */
export type MigrationProgress = (doing: string) => void

/**
 * Brings the schema `attune` to this version of the code: every numbered file once, each in its own
 * transaction, forward only. Refuses a database that a newer version has migrated, and a file that changed
 * after it ran. Answers the names of what was applied.
 */
export async function migrate(url: string, progress: MigrationProgress = () => undefined): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'attune-migrate',
    connectionTimeoutMillis: 30_000,
  })
  client.on('error', () => undefined) // the statement under way fails and says so
  let locks: LockWatch | undefined
  try {
    await client.connect()
    locks = await watchLocks(url, client, progress)
    await client.query(LOCK)
    await client.query('create schema if not exists attune')
    await setSearchPath(client)
    await client.query(
      'create table if not exists attune.migration (name text primary key, checksum text not null, applied timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from attune.migration',
    )
    const pending = outstanding(await readMigrations(), new Map(rows.map((row) => [row.name, row.checksum])))
    for (const [place, migration] of pending.entries()) {
      progress(`applies ${migration.name} (${place + 1} of ${pending.length})`)
      await apply(client, migration, locks.holders)
    }
    return pending.map((migration) => migration.name)
  } finally {
    await locks?.stop()
    await client.end().catch(() => undefined)
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

function outstanding(known: Migration[], applied: Map<string, string>): Migration[] {
  const unknown = [...applied.keys()].filter((name) => !known.some((migration) => migration.name === name))
  if (unknown.length > 0) {
    throw new Problem(
      'CONFLICT',
      `The database was migrated by a newer version (${unknown.join(', ')}); start that version.`,
    )
  }
  for (const { name, checksum } of known) {
    if (applied.has(name) && applied.get(name) !== checksum) {
      throw new Problem(
        'CONFLICT',
        `Migration ${name} changed after it was applied; restore the file and add a new one.`,
      )
    }
  }
  return known.filter((migration) => !applied.has(migration.name))
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}

async function apply(
  client: pg.Client,
  migration: Migration,
  holders: () => string | undefined,
): Promise<void> {
  await client.query('begin')
  try {
    await client.query("set local lock_timeout = '10s'")
    await client.query('set local search_path = attune, public')
    await client.query(migration.text)
    await client.query('insert into attune.migration (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    const who = isLockTimeout(error) ? holders() : undefined
    const remedy = who === undefined ? '' : `; end ${who}, which holds what it needs, and start again`
    throw new Error(
      `Migration ${migration.name} failed: ${error instanceof Error ? error.message : String(error)}${remedy}`,
      { cause: error },
    )
  }
}

/** Unqualified names work on a bare connection. A role that may not alter the database only loses that. */
async function setSearchPath(client: pg.Client): Promise<void> {
  await client.query(
    `do $$ begin execute format('alter database %I set search_path to attune, public', current_database());
       exception when insufficient_privilege then null; end $$`,
  )
}
