import { EventEmitter, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Api, type Reply, type Routes, startApi } from './api-server.ts'
import { cli, type CliOptions, newHome, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

function execution(status: string, more: object = {}): { data: object } {
  const times = { created: '2031-05-06T07:08:09Z', updated: '2031-05-06T07:08:10Z' }
  return { data: { id: 42, action_ref: 'core.echo', status, config: null, result: null, ...times, ...more } }
}

/** An execution whose status is the next of `replies` each time it is read; the last one stays. */
async function given(...replies: (Reply | string)[]): Promise<CliOptions> {
  let reads = 0
  const routes: Routes = {
    'POST /api/v1/executions/execute': () => ({ status: 201, body: execution('requested') }),
    'GET /api/v1/executions/42': () => {
      const reply = replies[Math.min(reads, replies.length - 1)] ?? 'requested'
      reads += 1
      return typeof reply === 'string' ? { body: execution(reply) } : reply
    },
  }
  api = await startApi(routes)
  return session(api.url)
}

test('run starts an execution and shows it without waiting', async () => {
  const ended = await cli(['run', 'core.echo', '--param', 'message=hi', '--param', 'count=3'], await given())

  expect(ended.code).toBe(0)
  expect(ended.stdout).toMatch(/^Execution ID +42$/m)
  expect(ended.stdout).toMatch(/^Status +requested$/m)
  expect(api.received).toMatchObject([
    {
      body: { action_ref: 'core.echo', parameters: {}, parameter_texts: { message: 'hi', count: '3' } },
    },
  ])
})

test('action run -q prints the id alone, for scripts', async () => {
  const ended = await cli(['action', 'run', 'core.echo', '-q'], await given())

  expect(ended).toEqual({ code: 0, stdout: '42\n', stderr: '' })
})

test('parameters come from a file, and single ones win over it', async () => {
  const options = await given()
  const file = join(newHome(), 'params.json')
  writeFileSync(file, '{"a": 1, "b": {"c": 2}}')

  await cli(['run', 'core.echo', '--params-json', `@${file}`, '--param', 'a=[1, 2]'], options)
  await cli(['run', 'core.echo', '--params-json', '-'], { ...options, input: '{"piped": true}' })

  expect(api.received.map(({ body }) => body)).toEqual([
    { action_ref: 'core.echo', parameters: { a: 1, b: { c: 2 } }, parameter_texts: { a: '[1, 2]' } },
    { action_ref: 'core.echo', parameters: { piped: true } },
  ])
})

test.each([
  ['completed', 0],
  ['failed', 1],
  ['timeout', 1],
  ['abandoned', 1],
  ['cancelled', 143],
])('--follow of an execution that ends as %s exits %i', async (status, code) => {
  const ended = await cli(['run', 'core.echo', '--follow'], await given('scheduled', 'running', status))

  expect(ended).toMatchObject({ code, stderr: '' })
  expect(ended.stdout).toMatch(new RegExp(`^Status +${status}$`, 'm'))
  expect(api.received).toHaveLength(4)
})

test('--follow prints output and result at the end', async () => {
  const end = { body: execution('completed', { result: { stdout: 'hi\n', exit_code: 0 } }) }

  const ended = await cli(['run', 'core.echo', '--watch'], await given('running', end))

  expect(ended.stdout).toContain('\nStdout:\nhi\n')
  expect(ended.stdout).toContain('"exit_code": 0')
})

test('-fq prints the output of the action and nothing else', async () => {
  const end = { body: execution('completed', { result: { stdout: 'hi' } }) }

  const ended = await cli(['run', '-fq', 'core.echo'], await given(end))

  expect(ended).toEqual({ code: 0, stdout: 'hi', stderr: '' })
})

test('-fj prints the ended execution as one JSON document', async () => {
  const end = execution('failed', { result: { error: 'boom' } })

  const ended = await cli(['run', '-fj', 'core.echo'], await given('running', { body: end }))

  expect(ended).toMatchObject({ code: 1, stderr: '' })
  expect(JSON.parse(ended.stdout)).toEqual(end.data)
})

test('a server that is down for a moment does not end the wait', async () => {
  const down = { status: 503, body: { error: 'Starting.', code: 'SERVICE_UNAVAILABLE' } }

  const ended = await cli(['run', 'core.echo', '-f'], await given('running', down, down, 'completed'))

  expect(ended).toMatchObject({ code: 0, stderr: '' })
})

test('an execution that may not be read ends the wait at once', async () => {
  const forbidden = { status: 403, body: { error: 'You may not read it.', code: 'FORBIDDEN' } }

  const ended = await cli(['run', 'core.echo', '-f'], await given(forbidden))

  expect(ended).toEqual({ code: 4, stdout: '', stderr: 'Error: You may not read it.\n' })
})

test('a wait that takes too long exits 124 and says that the execution goes on', async () => {
  const ended = await cli(['run', 'core.echo', '-f', '--timeout', '0.3'], await given('running'))

  expect(ended).toMatchObject({ code: 124, stdout: '' })
  expect(ended.stderr).toContain('attune execution get 42')
})

test('Ctrl-C while waiting exits 130 and says that the execution goes on', async () => {
  const reads = new EventEmitter()
  const interruptAfter = once(reads, 'read')
  const options = await given({
    write: (response) => {
      reads.emit('read')
      response.end(JSON.stringify(execution('running')))
    },
  })

  const ended = await cli(['run', 'core.echo', '-f'], { ...options, interruptAfter })

  expect(ended).toMatchObject({ code: 130, stdout: '' })
  expect(ended.stderr).toContain('attune execution get 42')
  expect(ended.stderr).toContain('attune execution cancel 42')
})
