import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

const path = '/api/v1/executions/42/logs'

function event(name: string, data: string, id?: number): string {
  const lines = data.split('\n').map((line) => `data: ${line}\n`)
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}${lines.join('')}\n`
}

/** Writes these events; then ends, breaks the connection or leaves it open. */
function stream(
  events: readonly string[],
  then: 'end' | 'break' | 'stay' = 'end',
): { write(r: ServerResponse): void } {
  return {
    write(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(events.join(''), () => {
        if (then === 'end') response.end()
        if (then === 'break') setTimeout(() => response.destroy(), 50)
      })
    },
  }
}

async function logs(routes: Routes, ...args: string[]): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['execution', 'logs', '42', ...args], session(api.url))
}

const caughtUp = ': initial-catchup-complete\n\n'
const done = event('done', 'Execution complete')

test('logs --follow prints what comes until the execution is complete', async () => {
  const events = [
    event('waiting', 'Waiting for log output'),
    event('waiting', 'Log file found'),
    event('content', 'one\ntwo\n', 8),
    caughtUp,
    event('append', 'thr', 11),
    event('waiting', 'Waiting for log output'),
    event('waiting', 'Waiting for log output'),
    event('append', 'ee\n', 14),
    done,
  ]

  const ended = await logs(
    { [`GET ${path}/stdout/stream`]: () => stream(events) },
    '--stream',
    'stdout',
    '-f',
  )

  expect(ended).toEqual({ code: 0, stdout: 'one\ntwo\nthree\n', stderr: '' })
})

test('without --follow the log so far is printed although the execution goes on', async () => {
  const events = [event('waiting', 'Log file found'), event('content', 'so far\n', 7), caughtUp]

  const ended = await logs(
    { [`GET ${path}/stdout/stream`]: () => stream(events, 'stay') },
    '--stream',
    'stdout',
  )

  expect(ended).toEqual({ code: 0, stdout: 'so far\n', stderr: '' })
})

test('without --follow an execution that has written nothing yet prints nothing', async () => {
  const waiting = event('waiting', 'Waiting for log output')

  const ended = await logs(
    { [`GET ${path}/stdout/stream`]: () => stream([waiting, waiting], 'stay') },
    '--stream',
    'stdout',
  )

  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('a connection that breaks is resumed at the byte where it broke', async () => {
  const parts = new Map([
    ['0', stream([event('content', 'first\n', 6), 'event: append\nid: 9\ndata: cut o'], 'break')],
    ['6', stream([event('append', 'second\n', 13)], 'end')],
    ['13', stream([event('append', 'third\n', 19), done], 'end')],
  ])

  const ended = await logs(
    { [`GET ${path}/stdout/stream`]: ({ query }) => parts.get(query.offset ?? '') ?? { status: 404 } },
    '--stream',
    'stdout',
    '--follow',
  )

  expect(ended).toEqual({ code: 0, stdout: 'first\nsecond\nthird\n', stderr: '' })
})

const both: Routes = {
  [`GET ${path}/stdout/stream`]: () => stream([event('content', 'out\n', 4), caughtUp, done]),
  [`GET ${path}/stderr/stream`]: () => stream([event('content', 'err\n', 4), caughtUp, done]),
}

test('stdout goes to stdout and stderr to stderr', async () => {
  expect(await logs(both)).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' })
})

test('both come in the order in which they were written', async () => {
  const at = (ms: number) => `: at ${ms}.000\n\n`
  const asked: (string | undefined)[] = []
  const timed =
    (events: readonly string[]): Routes[string] =>
    ({ query }) => {
      asked.push(query.times)
      return stream(events)
    }
  const out = [at(1), event('content', 'one\n', 4), at(3), event('content', 'three\n', 10), caughtUp, done]
  const err = [at(2), event('content', 'two\n', 4), caughtUp, done]
  const routes = { [`GET ${path}/stdout/stream`]: timed(out), [`GET ${path}/stderr/stream`]: timed(err) }

  expect(await logs(routes)).toEqual({ code: 0, stdout: 'one\nthree\n', stderr: 'two\n' })
  expect(asked).toEqual(['true', 'true'])
})

test('stderr alone is the data and goes to stdout', async () => {
  expect(await logs(both, '--stream', 'stderr')).toEqual({ code: 0, stdout: 'err\n', stderr: '' })
})

test('as JSON both are one document', async () => {
  const ended = await logs(both, '--json')

  expect(JSON.parse(ended.stdout)).toEqual({ stdout: 'out\n', stderr: 'err\n' })
})

test('a log goes into a pipe as it is', async () => {
  const events = [event('content', '\u001b[31mred\u001b[0m\u001b[2J\ttab', 20), done]

  const ended = await logs({ [`GET ${path}/stdout/stream`]: () => stream(events) }, '--stream', 'stdout')

  expect(ended.stdout).toBe('\u001b[31mred\u001b[0m\u001b[2J\ttab')
})

test('with --raw the very bytes come, with what they were broken off at', async () => {
  const bytes = Buffer.from([0x31, 0x25, 0x0d, 0x32, 0x25, 0x0d, 0x0a, 0xff, 0x00, 0x1b])
  const piece = (from: number, to: number) =>
    event('content', bytes.subarray(from, to).toString('base64'), to)
  const parts = new Map([
    ['0', stream([piece(0, 4)], 'break')],
    ['4', stream([piece(4, 10), done])],
  ])
  const asked: (string | undefined)[] = []

  const ended = await logs(
    {
      [`GET ${path}/stdout/stream`]: ({ query }) => {
        asked.push(query.raw)
        return parts.get(query.offset ?? '') ?? { status: 404 }
      },
    },
    '--stream',
    'stdout',
    '--raw',
    '--follow',
  )

  expect(ended).toEqual({ code: 0, stdout: bytes.toString(), stderr: '' })
  expect(asked).toEqual(['true', 'true'])
})

test('a document holds no bytes: --raw with --json is refused', async () => {
  expect(await logs({}, '--raw', '--json')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('leave out --raw'),
  })
})

test('an execution that does not exist exits 5', async () => {
  const ended = await logs({})

  expect(ended).toMatchObject({ code: 5, stdout: '' })
})
