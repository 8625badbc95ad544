import { afterEach, expect, test } from 'vitest'
import { type Api, startApi } from './api-server.ts'
import { cli, type CliOptions, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

const times = { created: '2031-05-06T07:08:09Z', updated: '2031-05-06T07:08:10Z' }
const execution = (status: string) => ({
  data: { id: 42, action_ref: 'core.echo', status, config: null, result: null, ...times },
})

/** An API that answers the cancel with `asked`, and then shows the execution in `later`, the last one for good. */
async function given(asked: string, ...later: string[]): Promise<CliOptions> {
  let reads = 0
  api = await startApi({
    'POST /api/v1/executions/42/cancel': () => ({ body: execution(asked) }),
    'GET /api/v1/executions/42': () => {
      const status = later[Math.min(reads, later.length - 1)] ?? asked
      reads += 1
      return { body: execution(status) }
    },
  })
  return session(api.url)
}

test.each([
  ['cancelled', '✓ Execution 42 is cancelled.\n'],
  ['canceling', '✓ Execution 42 is being cancelled.\n'],
])('an execution that is then %s is said to be', async (status, stdout) => {
  const ended = await cli(['execution', 'cancel', '42'], await given(status))

  expect(ended).toEqual({ code: 0, stdout, stderr: '' })
  expect(api.received.map(({ method }) => method)).toEqual(['POST'])
})

test.each([
  ['cancelled', 0],
  ['completed', 0],
  ['failed', 1],
])('--wait shows an end of %s and exits %i', async (status, code) => {
  const ended = await cli(
    ['execution', 'cancel', '42', '--wait'],
    await given('canceling', 'canceling', status),
  )

  expect(ended).toMatchObject({ code, stderr: '' })
  expect(ended.stdout).toMatch(new RegExp(`^Status +${status}$`, 'm'))
})

test('--wait gives up after its time', async () => {
  const ended = await cli(
    ['execution', 'cancel', '42', '--wait', '--timeout', '0.3'],
    await given('canceling', 'canceling'),
  )

  expect(ended.code).toBe(124)
})

test('an execution that has ended is refused', async () => {
  const body = { error: 'Execution 42 has ended as failed; there is nothing to cancel.', code: 'CONFLICT' }
  api = await startApi({ 'POST /api/v1/executions/42/cancel': () => ({ status: 409, body }) })

  const ended = await cli(['execution', 'cancel', '42'], session(api.url))

  expect(ended).toEqual({ code: 6, stdout: '', stderr: `Error: ${body.error}\n` })
})
