import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../src/database/database.ts'
import { json, sql } from '../src/database/sql.ts'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { type ProgramProcess, startProgram } from './program.ts'

/* What an action takes from who starts it, through the whole program: nothing that its definition does not name. */

let home: string
let fresh: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
let program: ProgramProcess

const SECRET = 'Zk4-key-of-the-system'

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'attune-grants-'))
  fresh = await freshDatabase()
  db = openDatabase({ url: fresh.url, max_connections: 4 })
  program = await startProgram(home, { ATTUNE__DATABASE__URL: fresh.url, ATTUNE__DEMO: 'false' })
  await program.api('POST', '/api/v1/packs', { ref: 'grants', label: 'Grants', version: '1.0.0' })
  const key = { ref: 'mail.password', name: 'mail_password', owner_type: 'system', value: SECRET }
  await program.api('POST', '/api/v1/keys', key)
  await program.api('POST', '/api/v1/actions', {
    ref: 'grants.tells',
    pack_ref: 'grants',
    label: 'Tells',
    runtime_ref: 'core.shell',
    entrypoint:
      'echo "region=$REGION options=$NODE_OPTIONS later=$LATER"; printf "%s" "$PARAM_MAIL_PASSWORD" | md5sum',
    accepted_env_vars: ['REGION'],
    key_refs: ['mail.password'],
  })
})
afterAll(async () => {
  await program?.end('SIGTERM')
  await db.close()
  await fresh.drop()
  await rm(home, { recursive: true, force: true })
})

type Person = { id: number; token: string }

async function person(...keyActions: string[]): Promise<Person> {
  const login = `p${keyActions.join('')}${Math.random().toString(36).slice(2)}`
  const password = 'correct-horse-battery'
  await program.api('POST', '/api/v1/identities', { login, password })
  const { id } = await db.one<{ id: number }>(sql`select id from identity where login = ${login}`)
  const grants = [
    { resource: 'actions', actions: ['read', 'execute'] },
    { resource: 'executions', actions: ['read'] },
    { resource: 'keys', actions: ['read', ...keyActions] },
  ]
  const set = await given.permissionSet(db, { grants })
  await given.permissionAssignment(db, { identity: id, permset: set.id })
  const { status, body } = await ask(undefined, 'POST', '/auth/login', { login, password })
  expect(status).toBe(200)
  return { id, token: String(Reflect.get(Object(body.data), 'access_token')) }
}

type Answer = { status: number; body: { data?: unknown; details?: unknown } }

async function ask(token: string | undefined, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(program.url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] } // what the server documents
}

type Ended = { id: number; status: string; text: string }

async function run(by: Person, more: object = {}): Promise<Ended> {
  return ended(await request(by, more))
}

async function request(by: Person, more: object): Promise<number> {
  const asked = await ask(by.token, 'POST', '/api/v1/executions/execute', {
    action_ref: 'grants.tells',
    ...more,
  })
  expect(asked.status).toBe(201)
  return Number(Reflect.get(Object(asked.body.data), 'id'))
}

function ended(id: number): Promise<Ended> {
  return eventually(
    () => db.one<Ended>(sql`select id, status::text, result::text as text from execution where id = ${id}`),
    ({ status }) => status === 'completed' || status === 'failed',
    25_000,
  )
}

test.each([
  'NODE_OPTIONS',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PERL5OPT',
  'TAR_OPTIONS',
  'GIT_SSH_COMMAND',
  'HOME',
  'HTTPS_PROXY',
  'https_proxy',
  'REGION',
])('whoever may run core.http_request does not choose its %s', async (name) => {
  const { token } = await person()

  const answer = await ask(token, 'POST', '/api/v1/executions/execute', {
    action_ref: 'core.http_request',
    parameters: { url: 'http://127.0.0.1:1/' },
    env_vars: { [name]: '--import=data:text/javascript,process.exit(7)' },
  })

  expect(answer).toMatchObject({ status: 422, body: { details: [{ field: `env_vars.${name}` }] } })
})

test('an action gets the variables that it accepts, and what is narrowed later counts when it starts', async () => {
  const by = await person('decrypt')

  const plain = await run(by, { env_vars: { REGION: 'north' } })
  // It waits while the worker takes nothing, and is written over as a row from before the rule would look.
  await db.run(sql`update worker set cordoned = true`)
  const later = await request(by, { env_vars: { REGION: 'south' } })
  await eventually(
    () =>
      db.one<{ waits: boolean }>(sql`
      select wait_ends_at is not null as waits from execution where id = ${later}`),
    ({ waits }) => waits,
  )
  await db.run(sql`
    update execution set env_vars = ${json({ NODE_OPTIONS: '--import=data:,x', LATER: 'x', REGION: 'south' })}
    where id = ${later}`)
  await db.run(sql`update worker set cordoned = false`)

  expect(plain.text).toContain('region=north options= later=')
  expect((await ended(later)).text).toContain('region=south options= later=')
})

test('a key of the system reaches an action that names it, for who may decrypt it, and is on record', async () => {
  const may = await person('decrypt')
  const mayNot = await person()

  const good = await run(may)
  const bad = await run(mayNot)

  expect(good).toMatchObject({ status: 'completed', text: expect.stringContaining(md5(SECRET)) })
  expect(bad).toMatchObject({ status: 'failed', text: expect.stringContaining("The key 'mail.password'") })
  const why = await ask(mayNot.token, 'GET', `/api/v1/executions/${bad.id}/trace`)
  expect(JSON.stringify(why.body)).toContain("The key 'mail.password', which the action names in key_refs")
  const rows = await db.many(sql`
    select actor_identity, resource_id, details from audit_event
    where event_type = 'secret.key.delivered' and resource_id in (${good.id}, ${bad.id})`)
  expect(rows).toEqual([
    { actor_identity: may.id, resource_id: good.id, details: { key_refs: ['mail.password'] } },
  ])
})

test('a named key that is gone fails what needs it, and another action never saw it', async () => {
  const by = await person('decrypt')
  await program.api('POST', '/api/v1/actions', {
    ref: 'grants.plain',
    pack_ref: 'grants',
    label: 'Plain',
    runtime_ref: 'core.shell',
    entrypoint: 'printf "%s" "$PARAM_MAIL_PASSWORD" | md5sum',
  })
  const plain = await run(by, { action_ref: 'grants.plain' })
  await program.api('DELETE', '/api/v1/keys/mail.password')

  const gone = await run(by)

  expect(plain).toMatchObject({ status: 'completed', text: expect.not.stringContaining(md5(SECRET)) })
  expect(gone.text).toContain("There is no key 'mail.password' of the system")
})

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
