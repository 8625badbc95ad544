import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../src/database/database.ts'
import { raw, sql } from '../src/database/sql.ts'
import { isJsonObject, type Json, type JsonObject } from '../src/json.ts'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { type Planted, planted, reversed, shownIn } from './planted-forms.ts'
import { writePlantedPack } from './planted-pack.ts'
import { type ProcessWatch, watchProcesses } from './process-watch.ts'
import { type ProgramProcess, startProgram } from './program.ts'

const key = planted('key of the pack', 'Kq7Zx2PackKey9')
const outside = planted('key of the system', 'Wm4Rt8SystemKey1')
const parameter = planted('secret parameter', 'Bd6Yn3Parameter5')
const config = planted('pack configuration', 'Hs9Lc1PackConfig7')
const card = planted('webhook payload', 'Gf2Vp6Payload4')
const issued = planted('result', 'Jt5Ew8Result3')
const secrets: readonly Planted[] = [key, outside, parameter, config, card, issued]

type Ran = { id: number; status: string; action_ref: string; config: JsonObject; result: JsonObject }
type Item<T> = { data: T }

/**
 * Secrets are planted wherever the platform takes some, go through rules, expressions, failing and retried actions that
 * say them in every encoding, and are then looked for wherever they must not be.
 */
describe('planted secrets', () => {
  let home: string
  let fresh: Awaited<ReturnType<typeof freshDatabase>>
  let db: Database
  let program: ProgramProcess
  let watch: ProcessWatch
  let token: string | undefined
  const answers: string[] = []

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'attune-planted-'))
    fresh = await freshDatabase()
    db = openDatabase({ url: fresh.url, max_connections: 4 })
    program = await startProgram(home, {
      ATTUNE__DATABASE__URL: fresh.url,
      ATTUNE__DEMO: 'false',
      ATTUNE__LOG__LEVEL: 'trace',
    })
    await keepMessages()
    watch = watchProcesses(program.child.pid ?? 0)
    await drive()
    await watch.stop()
  }, 180_000)

  afterAll(async () => {
    await program?.end('SIGTERM')
    await db.close()
    await fresh.drop()
    await rm(home, { recursive: true, force: true })
  })

  /** Messages are gone once they are handled: a copy of each stays. */
  async function keepMessages(): Promise<void> {
    await db.run(sql`create table public.every_message (content text)`)
    await db.run(sql`create function public.keep_message() returns trigger language plpgsql as $$
      begin insert into public.every_message values (to_jsonb(new)::text); return new; end $$`)
    await db.run(sql`create trigger keep_message after insert on attune.message
      for each row execute function public.keep_message()`)
  }

  /** Asks the API and keeps the answer, also a refusal, to be searched. */
  async function ask<Body>(method: string, path: string, body?: object): Promise<Body> {
    try {
      const answer = await program.api<Body>(method, path, body)
      answers.push(`${method} ${path} ${JSON.stringify(answer)}`)
      return answer
    } catch (error) {
      answers.push(String(error))
      throw error
    }
  }

  async function drive(): Promise<void> {
    const source = join(home, 'planted-source')
    await writePlantedPack(source, config.value)
    await ask('POST', '/api/v1/packs/register', { path: source })
    const keys = [
      {
        ref: 'planted.secret',
        name: 'secret',
        owner_type: 'pack',
        owner_pack_ref: 'planted',
        value: key.value,
      },
      { ref: 'system.outside', name: 'outside', owner_type: 'system', value: { nested: outside.value } },
    ]
    // Whoever sets a value knows it: only these answers may have it.
    for (const body of keys) await program.api('POST', '/api/v1/keys', body)
    await program.api('PUT', '/api/v1/keys/system.outside', { value: outside.value })

    const hook = await ask<Item<{ webhook_key: string }>>(
      'POST',
      '/api/v1/triggers/planted.paid/webhooks/enable',
    )
    for (const fail of [false, true]) {
      await ask('POST', `/api/v1/webhooks/${hook.data.webhook_key}`, {
        payload: { card: card.value, note: 'hello', fail },
      })
    }
    for (const fail of [false, true]) {
      await ask('POST', '/api/v1/executions/execute', {
        action_ref: 'planted.loud',
        parameters: { token: parameter.value, fail },
      })
      const hex = Buffer.from(reversed(issued.value)).toString('hex')
      await ask('POST', '/api/v1/executions/execute', {
        action_ref: 'planted.issuing',
        parameters: { hex, fail },
      })
    }
    await ask('POST', '/api/v1/executions/execute', {
      action_ref: 'planted.loud',
      parameters: { chosen: parameter.value },
    }).catch(() => undefined)
    await eventually(
      () => executions(),
      (list) => list.length >= 10 && list.every(({ status }) => /^(completed|failed)$/.test(status)),
      90_000,
    )
  }

  async function executions(): Promise<Ran[]> {
    const { data } = await program.api<Item<Ran[]>>('GET', '/api/v1/executions?per_page=100')
    return data
  }

  async function details(action_ref: string): Promise<Ran[]> {
    const list = (await executions()).filter((one) => one.action_ref === action_ref)
    return Promise.all(
      list.map(async ({ id }) => (await program.api<Item<Ran>>('GET', `/api/v1/executions/${id}`)).data),
    )
  }

  const digest = (value: Json) => createHash('sha256').update(JSON.stringify(value)).digest('hex')

  test('reach the actions, whole', async () => {
    const seen = (await details('planted.loud')).flatMap(({ result }) =>
      isJsonObject(result.data) && isJsonObject(result.data.seen) ? [result.data.seen] : [],
    )

    expect(seen).toContainEqual(
      expect.objectContaining({
        secret: digest(key.value),
        outside: digest(outside.value),
        token: digest(outside.value),
        loud: digest(outside.value.toUpperCase()),
        header: digest(`Bearer ${config.value}`),
        card: digest(card.value),
        all: digest(`${outside.value}:${config.value.toLowerCase()}:${card.value}`),
        backwards: digest(reversed(card.value)),
        note: digest('hello'),
      }),
    )
    expect(seen).toContainEqual(expect.objectContaining({ token: digest(parameter.value) }))
  })

  test('failed and were tried again on the way', async () => {
    const loud = await details('planted.loud')

    const failed = loud.filter(({ status }) => status === 'failed')
    expect(failed.length).toBeGreaterThanOrEqual(4)
    expect(
      failed.some(({ result }) => JSON.stringify(result.stderr).includes('cannot log in with ********')),
    ).toBe(true)
  })

  test('stand as markers in parameters and results', async () => {
    const marker = { $attune_secret: true, redacted: true }
    const [paid] = (await details('planted.loud')).filter(({ config: given }) => 'card' in given)
    const [made] = (await details('planted.issuing')).filter(({ status }) => status === 'completed')

    expect(paid?.config).toMatchObject({ card: marker, all: marker, note: 'hello' })
    expect(made?.result.data).toEqual({
      issued: { token: marker },
      note: 'the token is ********',
      queue_ack: { token: '********' },
    })
  })

  test('are in no table in clear', async () => {
    const tables = await db.many<{ name: string }>(sql`
      select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('attune', 'public')`)
    const found: string[] = []
    for (const { name } of tables) {
      const rows = await db.many<{ row: string }>(sql`select to_jsonb(t)::text as row from ${raw(name)} t`)
      found.push(...rows.flatMap(({ row }) => shownIn(row, secrets).map((how) => `${name}: ${how}`)))
    }

    expect(tables.length).toBeGreaterThan(20)
    expect(found).toEqual([])
  })

  test('are in no message', async () => {
    const messages = await db.many<{ content: string }>(sql`select content from public.every_message`)

    expect(messages.length).toBeGreaterThan(10)
    expect(messages.flatMap(({ content }) => shownIn(content, secrets))).toEqual([])
  })

  test('are in no log of the program', () => {
    expect(program.output()).toContain('execution ended')
    expect(shownIn(program.output(), secrets)).toEqual([])
  })

  test('are in no log of an action, nor in any file that is left', async () => {
    const folders = ['artifacts', 'work'].map((name) => join(home, name))
    const files = (await Promise.all(folders.map(filesIn))).flat()
    const found = await Promise.all(
      files.map(async (file) =>
        shownIn(await readFile(file, 'utf8'), secrets).map((how) => `${file}: ${how}`),
      ),
    )

    expect(files.some((file) => file.endsWith('stderr.log') || file.endsWith('stdout.log'))).toBe(true)
    expect(found.flat()).toEqual([])
  })

  test('are on no command line and in no environment', () => {
    const seen = [...watch.seen]

    expect(seen.some((text) => text.includes('ATTUNE_ACTION=planted.loud'))).toBe(true)
    expect(seen.flatMap((text) => shownIn(text, secrets))).toEqual([])
  })

  test('are in no answer of the API and in no metric', async () => {
    const list = await executions()
    const { data: events } = await ask<Item<{ id: number }[]>>(
      'GET',
      '/api/v1/events?trigger_ref=planted.paid',
    )
    const { data: enforcements } = await ask<Item<{ id: number }[]>>(
      'GET',
      '/api/v1/enforcements?per_page=100',
    )
    const paths = [
      '/api/v1/executions?per_page=100',
      '/api/v1/keys',
      '/api/v1/keys/planted.secret?decrypt=false',
      '/api/v1/packs/planted',
      '/api/v1/alerts',
      '/api/v1/dead-letters?status=all',
      ...list.flatMap(({ id }) => [`/api/v1/executions/${id}`, `/api/v1/executions/${id}/trace`]),
      ...events.flatMap(({ id }) => [`/api/v1/events/${id}`, `/api/v1/events/${id}/trace`]),
      ...enforcements.map(({ id }) => `/api/v1/enforcements/${id}`),
      ...['pays', 'compares', 'compares_field', 'breaks', 'leaks', 'leaks_key', 'misfits'].flatMap((name) => [
        `/api/v1/rules/planted.${name}`,
        `/api/v1/rules/planted.${name}/explain`,
      ]),
    ]
    for (const path of paths) await ask('GET', path).catch(() => undefined)
    for (const name of ['pays', 'compares', 'breaks', 'leaks', 'leaks_key', 'misfits']) {
      await ask('POST', `/api/v1/rules/planted.${name}/test`, { event: events[0]?.id })
      await ask('POST', '/api/v1/rules/plan', { rule: { ref: `planted.${name}` } })
    }
    for (const { id } of list)
      for (const stream of ['stdout', 'stderr'])
        answers.push(await text(`/api/v1/executions/${id}/logs/${stream}/stream`))
    answers.push(await text('/metrics'))

    expect(answers.join('\n')).toContain('********')
    expect(answers.flatMap((answer) => shownIn(answer, secrets))).toEqual([])
  })

  async function text(path: string): Promise<string> {
    token ??= await program.login()
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(program.url + path, { headers })).text()
  }
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
