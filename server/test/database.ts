import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Client } from 'pg'
import { inject } from 'vitest'
import { type Database, type DatabaseOptions, openDatabase } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'

export type FreshDatabase = { url: string; drop(): Promise<void> }

/** Databases that belong together so that a person can see, and delete, what a broken run left behind. */
const PREFIX = 'attune_test_'

/**
 * Creates a database with the current schema and nothing in it, for one test file. It is a copy of a template
 * that the first caller migrates; copying takes a fraction of migrating.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('databaseUrl')
  const name = `${PREFIX}${randomBytes(8).toString('hex')}`
  await withAdmin(server, async (admin) => {
    const template = await ensureTemplate(admin, server)
    await admin.query(`create database ${name} template ${template} strategy ${await copyStrategy(admin)}`)
    // A copy does not inherit the settings of the database it was copied from.
    await admin.query(`alter database ${name} set search_path = attune, public`)
  })
  return {
    url: databaseUrl(server, name),
    drop: () => withAdmin(server, (admin) => admin.query(`drop database if exists ${name} with (force)`)),
  }
}

/** Creates a database without any schema: what a first start finds. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const server = inject('databaseUrl')
  const name = `${PREFIX}${randomBytes(8).toString('hex')}`
  await withAdmin(server, (admin) => admin.query(`create database ${name}`))
  return {
    url: databaseUrl(server, name),
    drop: () => withAdmin(server, (admin) => admin.query(`drop database if exists ${name} with (force)`)),
  }
}

export type OpenDatabase = { db: Database; url: string; close(): Promise<void> }

/** Such a database and a pool on it; both go at its closing. */
export async function openFreshDatabase(options: Omit<DatabaseOptions, 'url'> = {}): Promise<OpenDatabase> {
  const { url, drop } = await freshDatabase()
  const db = openDatabase({ url, ...options })
  return {
    db,
    url,
    async close() {
      await db.close()
      await drop()
    },
  }
}

/**
 * The name of the migrated template. It carries a digest of the migrations, so that a server that outlives the
 * run never serves an older schema, and it gets its final name only when complete.
 */
async function ensureTemplate(admin: Client, server: string): Promise<string> {
  const template = `${PREFIX}template_${digestOfMigrations()}`
  if (await exists(admin, template)) return template
  // Test files start at the same time: one migrates, the others wait here. The lock ends with the session.
  await admin.query(`select pg_advisory_lock(hashtext($1))`, [template])
  if (!(await exists(admin, template))) {
    const unfinished = `${template}_unfinished`
    await admin.query(`drop database if exists ${unfinished} with (force)`)
    await admin.query(`create database ${unfinished}`)
    await migrate(databaseUrl(server, unfinished))
    await admin.query(`alter database ${unfinished} rename to ${template}`)
    // A template with a session in it cannot be copied.
    await admin.query(`alter database ${template} allow_connections false`)
  }
  await admin.query(`select pg_advisory_unlock(hashtext($1))`, [template])
  return template
}

async function exists(admin: Client, name: string): Promise<boolean> {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [name])
  return rowCount === 1
}

/**
 * Copying files needs two checkpoints and no WAL: twice as fast as copying through the WAL where nothing waits
 * for the disk, and three times slower where it does. Seen on PostgreSQL 18 and 15.
 */
async function copyStrategy(admin: Client): Promise<'file_copy' | 'wal_log'> {
  const { rows } = await admin.query<{ fsync: string }>('show fsync')
  return rows[0]?.fsync === 'off' ? 'file_copy' : 'wal_log'
}

function digestOfMigrations(): string {
  const folder = new URL('../migrations/', import.meta.url)
  const digest = createHash('sha256').update(
    readFileSync(new URL('../src/database/migrate.ts', import.meta.url)),
  )
  for (const name of readdirSync(folder).sort())
    digest.update(name).update(readFileSync(new URL(name, folder)))
  return digest.digest('hex').slice(0, 16)
}

async function withAdmin(server: string, work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: server })
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
