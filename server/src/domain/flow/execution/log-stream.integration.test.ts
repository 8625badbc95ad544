import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { toId } from '../../../id.ts'
import { createEndWatch } from './end-watch.ts'
import { followLog } from './log-stream.ts'
import { executionRoutes } from './routes.ts'

type ServerEvent = { event: string; id: string; data: string }

const api = await fixture(startApi((parts) => executionRoutes(parts)))
const token = await api.token('executions:read')
const base = await api.server.listen({ host: '127.0.0.1', port: 0 })

async function executionWithLog(
  status: string,
  log?: string | Buffer,
): Promise<{ id: number; path: string }> {
  const { id } = await given.execution(api.db, { status })
  const folder = join(api.artifacts_dir, 'executions', String(id))
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'stdout.log')
  if (log !== undefined) await writeFile(path, log)
  return { id, path }
}

const end = (id: number) => api.db.run(sql`update execution set status = 'completed' where id = ${id}`)

/** Reads the stream to its end; `seen` is told of every event as it comes. */
async function follow(
  id: number,
  query = '',
  seen: (events: ServerEvent[]) => void = () => undefined,
  headers: Record<string, string> = {},
): Promise<ServerEvent[]> {
  const response = await fetch(`${base}/api/v1/executions/${id}/logs/stdout/stream${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  })
  expect(response.status).toBe(200)
  const events: ServerEvent[] = []
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    events.push(...blocks.map(parse))
    seen(events)
  }
  return events
}

function parse(block: string): ServerEvent {
  const lines = block.split('\n')
  const values = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []))
  const [comment] = lines.filter((line) => line.startsWith(': '))
  return {
    event: comment ?? values('event').join(),
    id: values('id').join(),
    data: values('data').join('\n'),
  }
}

const named = (events: ServerEvent[], ...names: string[]) =>
  events.filter(({ event }) => names.includes(event))
const textOf = (events: ServerEvent[]) =>
  named(events, 'content', 'append')
    .map(({ data }) => data)
    .join('')

test('the log of an execution that has ended is sent whole, and then it is done', async () => {
  const { id } = await executionWithLog('completed', 'one\ntwo é\n')

  const events = await follow(id)

  expect(events.filter(({ event }) => event !== 'waiting')).toEqual([
    { event: 'content', id: '11', data: 'one\ntwo é\n' },
    { event: ': initial-catchup-complete', id: '', data: '' },
    { event: 'done', id: '', data: 'Execution complete' },
  ])
})

test('reading goes on from any byte', async () => {
  const { id } = await executionWithLog('failed', 'one\ntwo\n')

  expect(textOf(await follow(id, '?offset=4'))).toBe('two\n')
  expect(textOf(await follow(id, '?offset=8'))).toBe('')
  expect(textOf(await follow(id, '?offset=800'))).toBe('')
})

test('a long log comes in pieces that split no character, each with the offset of the next', async () => {
  const log = `${'é'.repeat(100_000)}\n€😀`
  const { id } = await executionWithLog('completed', `x${log}`)

  const pieces = named(await follow(id), 'content')

  expect(pieces.length).toBeGreaterThan(3)
  expect(pieces.map(({ data }) => data).join('')).toBe(`x${log}`)
  let offset = 0
  for (const { id: next, data } of pieces) {
    offset += Buffer.byteLength(data)
    expect(Number(next)).toBe(offset)
  }
})

test('bytes that are no text are replaced, and half a character at the very end as well', async () => {
  const { id } = await executionWithLog('completed', Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82]))

  expect(textOf(await follow(id))).toBe('a\ufffdb\ufffd')
})

test('with times each event holds what came at one time, and says when', async () => {
  const { id, path } = await executionWithLog('completed', 'one\ntwé\nthree\n')
  await writeFile(path.replace('.log', '.times'), '1000.001 4\nnonsense\n1000.250 7\n2000.500 9\n')

  const events = await follow(id, '?times=true')

  const said = events.filter(({ event, data }) => event.startsWith(': at') || data !== '')
  expect(said.map(({ event, data }) => (event === 'content' ? data : event)).slice(0, 6)).toEqual([
    ': at 1000.001',
    'one\n',
    ': at 1000.250',
    'tw',
    ': at 2000.500',
    'é\n',
  ])
  expect(textOf(events)).toBe('one\ntwé\nthree\n')
})

const bytesOf = (events: ServerEvent[]) =>
  Buffer.concat(named(events, 'content', 'append').map(({ data }) => Buffer.from(data, 'base64')))

test.each([
  ['carriage returns', Buffer.from('10%\r50%\r\nok\r')],
  ['bytes that are no text', Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82])],
  ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['NUL', Buffer.from('a\0b')],
  ['a byte order mark', Buffer.from('\ufeffa')],
  ['UTF-16', Buffer.from('über\n', 'utf16le')],
  ['latin-1', Buffer.from('über\n', 'latin1')],
  ['lone surrogates in bytes', Buffer.from([0xed, 0xa0, 0x80])],
  ['blank lines and colons', Buffer.from('\n\n: a\nid: 7\n\n')],
  ['no line break at the end', Buffer.from('x')],
  ['more than one event', Buffer.alloc(200_000, 'é\r')],
])('with raw the very bytes come: %s', async (_, log) => {
  const { id } = await executionWithLog('completed', log)

  const events = await follow(id, '?raw=true')

  expect(bytesOf(events).equals(log)).toBe(true)
  expect(named(events, 'content').at(-1)?.id).toBe(String(log.length))
})

test('with raw short output comes as bytes too, from its result', async () => {
  const { id } = await given.execution(api.db, { status: 'completed', result: { stdout: '10%\r50%\r\n' } })

  expect(bytesOf(await follow(id, '?raw=true')).toString()).toBe('10%\r50%\r\n')
  expect(bytesOf(await follow(id, '?raw=true&offset=4')).toString()).toBe('50%\r\n')
})

test.each([
  ['4', '', 'two\n'],
  ['4', '?offset=0', 'two\n'],
  ['8', '?offset=4', ''],
  ['0', '?offset=4', 'one\ntwo\n'],
  ['', '?offset=4', 'two\n'],
])('Last-Event-ID %j goes on behind that event, whatever %j says', async (id, query, rest) => {
  const execution = await executionWithLog('completed', 'one\ntwo\n')

  expect(textOf(await follow(execution.id, query, undefined, { 'last-event-id': id }))).toBe(rest)
})

test.each(['x', '-1', '1.5', '4,8', '1e3', '99999999999999999999'])(
  'Last-Event-ID %s is refused before the stream begins',
  async (id) => {
    const execution = await executionWithLog('completed', 'one\n')

    const response = await fetch(`${base}/api/v1/executions/${execution.id}/logs/stdout/stream`, {
      headers: { authorization: `Bearer ${token}`, 'last-event-id': id },
    })

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ details: [{ field: 'Last-Event-ID' }] })
  },
)

test('an execution that ended silently is done at once', async () => {
  const { id } = await executionWithLog('timeout')

  expect(await follow(id)).toEqual([{ event: 'done', id: '', data: '' }])
})

test('what a running execution writes arrives as it is written', async () => {
  const { id, path } = await executionWithLog('running')
  let now: ServerEvent[] = []
  const whole = follow(id, '', (events) => {
    now = events
  })

  await vi.waitFor(
    () => expect(now).toContainEqual({ event: 'waiting', id: '', data: 'Waiting for log output' }),
    5000,
  )
  await writeFile(path, 'first\n')
  await vi.waitFor(() => expect(textOf(now)).toBe('first\n'), 5000)
  await appendFile(path, Buffer.from([0xe2, 0x82]))
  await appendFile(path, Buffer.from([0xac]))
  await appendFile(path, ' second\n')
  await vi.waitFor(() => expect(textOf(now)).toBe('first\n€ second\n'), 5000)
  await end(id)

  const events = await whole
  expect(named(events, 'waiting')).toContainEqual({ event: 'waiting', id: '', data: 'Log file found' })
  expect(events.at(-1)).toEqual({ event: 'done', id: '', data: 'Execution complete' })
  expect(textOf(events)).toBe('first\n€ second\n')
})

test('a reader that goes away ends the polling, whether there is a log or not', async () => {
  for (const log of ['x', undefined]) {
    const { id } = await executionWithLog('running', log)
    const gone = new AbortController()
    const sent: string[] = []
    const out = {
      signal: gone.signal,
      send: async ({ event }: { event?: string }) => void sent.push(event ?? ''),
      comment: async () => undefined,
    }
    const request = {
      db: api.db,
      ends: createEndWatch(api.db, 250),
      artifacts_dir: api.artifacts_dir,
      execution: toId<'execution'>(id),
      offset: 0,
      raw: false,
      times: false,
    }
    const following = followLog({ ...request, stream: 'stdout' })(out)
    await vi.waitFor(() => expect(sent).toContain('waiting'), 5000)

    gone.abort()

    await following
    expect(sent).not.toContain('done')
  }
})

test('a link that leads elsewhere is not followed', async () => {
  const { id, path } = await executionWithLog('completed')
  await symlink('/etc/passwd', path)

  expect(await follow(id)).toEqual([{ event: 'done', id: '', data: '' }])
})

test('what cannot be followed is refused before the stream begins', async () => {
  const { id } = await executionWithLog('running', 'x')
  const other = await given.execution(api.db, { status: 'running' })
  const path = (execution: number, stream = 'stdout') =>
    `GET /api/v1/executions/${execution}/logs/${stream}/stream` as const
  const refusal = async (what: ReturnType<typeof path>, as?: string) =>
    (await api.call(what, as === undefined ? {} : { token: as })).status

  expect(await refusal(path(id))).toBe(401)
  expect(await refusal(path(id), await api.token('actions:read'))).toBe(403)
  expect(await refusal(path(id), await api.executionToken(other))).toBe(403)
  expect(await refusal(path(987_654_321), token)).toBe(404)
  expect(await refusal(path(id, 'stdin'), token)).toBe(400)
  expect((await api.call(`${path(id)}?offset=-1`, { token })).status).toBe(400)
})

test('an execution follows its own log', async () => {
  const { id } = await executionWithLog('running', 'mine')
  const own = await api.executionToken({ id, action_ref: 'demo.act' })
  const response = await fetch(`${base}/api/v1/executions/${id}/logs/stdout/stream`, {
    headers: { authorization: `Bearer ${own}` },
  })

  expect(response.status).toBe(200)
  await response.body?.cancel()
})
