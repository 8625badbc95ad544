import { describe, expect, test } from 'vitest'
import { endBeforeStart, endOf, type RunOutcome } from './result.ts'

const context = { native: false, success_exit_codes: [0], timeout_seconds: 2 }

function outcome(differs: Partial<RunOutcome> = {}): RunOutcome {
  return {
    exit_code: 0,
    signal: null,
    duration_ms: 12,
    stopped_by: undefined,
    stdout: '',
    stdout_bytes_truncated: 0,
    stderr: '',
    stderr_whole: true,
    stderr_bytes_truncated: 0,
    stderr_log: undefined,
    output: { kind: 'none' },
    ...differs,
  }
}

test('exit code 0 completes, and a silent process leaves no output keys', () => {
  expect(endOf(outcome(), context)).toEqual({
    status: 'completed',
    result: { status: 'completed', succeeded: true, exit_code: 0, duration_ms: 12 },
  })
})

test('data takes the place of the text, and its acknowledgement is lifted', () => {
  const ack = { version: 1, items: [] }
  const output = { kind: 'data', data: { queue_ack: ack, a: 1 }, partial: false } as const

  expect(endOf(outcome({ stdout: 'x', output }), context).result).toEqual({
    status: 'completed',
    succeeded: true,
    exit_code: 0,
    duration_ms: 12,
    data: { queue_ack: ack, a: 1 },
    queue_ack: ack,
  })
})

test('output that cannot be read is said beside the text', () => {
  const end = endOf(outcome({ stdout: 'oops\n', output: { kind: 'unreadable', error: 'no JSON' } }), context)

  expect(end).toMatchObject({ status: 'completed', result: { stdout: 'oops\n', output_error: 'no JSON' } })
})

describe('which exit codes are a success is declared', () => {
  test.each([
    [[0], 0, 'completed'],
    [[0], 2, 'failed'],
    [[0, 2], 0, 'completed'],
    [[0, 2], 2, 'completed'],
    [[0, 2], 1, 'failed'],
    [[2], 0, 'failed'],
    [[0, 255], 255, 'completed'],
    [[0, 1], null, 'failed'],
  ])('%j: %j is %s', (success_exit_codes, exit_code, status) => {
    const end = endOf(outcome({ exit_code }), { ...context, success_exit_codes })

    expect(end).toMatchObject({
      status,
      result: { succeeded: status === 'completed', exit_code: exit_code ?? -1 },
    })
    expect('error' in end.result).toBe(status === 'failed')
  })
})

describe('the error of another exit code', () => {
  test.each([
    ['', 'Command exited with code 3'],
    [' \n', 'Command exited with code 3'],
    ['boom\n', 'boom\n'],
    ['1\n2\n3\n4\n5\n', '1\n2\n3\n4\n5\n'],
    ['1\n2\n3\n4\n5\nlast\n\n', '2\n3\n4\n5\nlast'],
    ['x'.repeat(3000), 'x'.repeat(2000)],
    [`${'long '.repeat(1000)}\nlast\n`, `${'long '.repeat(399)}\nlast`],
  ])('after %j is %j', (stderr, error) => {
    const end = endOf(outcome({ exit_code: 3, stderr }), context)

    expect(end).toMatchObject({ status: 'failed', result: { succeeded: false, exit_code: 3, error } })
  })

  test('is the last line when only the end of the log is known', () => {
    expect(
      endOf(outcome({ exit_code: 1, stderr: 'rt of a line\nlast\n', stderr_whole: false }), context).result
        .error,
    ).toBe('last')
  })

  test('says of a native binary what it is', () => {
    expect(endOf(outcome({ exit_code: 2, stderr: 'bad\n' }), { ...context, native: true }).result.error).toBe(
      'Native binary exited with code 2: bad\n',
    )
  })

  test('names the signal that ended the process', () => {
    expect(endOf(outcome({ exit_code: null, signal: 'SIGKILL' }), context).result).toMatchObject({
      exit_code: -1,
      signal: 'SIGKILL',
      error: 'Command exited with code -1 (SIGKILL)',
    })
  })
})

test('the word cancelled in the output does not make a failure a cancellation', () => {
  expect(endOf(outcome({ exit_code: 1, stderr: 'order cancelled\n' }), context).status).toBe('failed')
})

test('a timeout has its status, its text and -1, even where the process exited well in the end', () => {
  expect(endOf(outcome({ stopped_by: 'timeout' }), context)).toMatchObject({
    status: 'timeout',
    result: {
      status: 'timeout',
      succeeded: false,
      exit_code: -1,
      timed_out: true,
      error: 'Execution timed out after 2 seconds',
    },
  })
})

test('a cancellation keeps the exit code', () => {
  expect(endOf(outcome({ stopped_by: 'cancel', exit_code: 143 }), context)).toMatchObject({
    status: 'cancelled',
    result: { exit_code: 143, cancelled: true, error: 'Execution cancelled by user' },
  })
})

test('a shutdown of the worker is nobody’s failure', () => {
  expect(
    endOf(outcome({ stopped_by: 'shutdown', exit_code: null, signal: 'SIGTERM' }), context),
  ).toMatchObject({
    status: 'failed',
    abandoned: true,
    result: { error: 'Worker shut down before the action finished' },
  })
})

test('what was cut off is counted', () => {
  const { result } = endOf(
    outcome({ stdout: 'x', stdout_bytes_truncated: 5, stderr: 'y', stderr_log: 'executions/1/stderr.log' }),
    context,
  )

  expect(result).toMatchObject({
    stdout_truncated: true,
    stdout_bytes_truncated: 5,
    stderr: 'y',
    stderr_log: 'executions/1/stderr.log',
  })
  expect(result).not.toHaveProperty('stderr_truncated')
})

test('what prevented the start is all there is to say', () => {
  expect(endBeforeStart('why')).toEqual({
    status: 'failed',
    result: { status: 'failed', succeeded: false, error: 'why' },
  })
})
