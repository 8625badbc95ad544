import { describe, expect, test } from 'vitest'
import { dotenv, runAction } from './run-action.ts'

const run = (name: string, parameters: Record<string, string | number>) =>
  runAction('/bin/bash', `core/actions/${name}.sh`, dotenv(parameters))

describe('core.echo', { timeout: 60_000 }, () => {
  test.each([
    ['plain words', 'hello world'],
    ['quotes', `it's "quoted" ''twice''`],
    ['a quote at each end', `'x'`],
    ['line breaks', 'one\ntwo\n\nthree\n'],
    ['what looks like another parameter', "a\nmessage='forged'\nb"],
    ['what a shell would run', '$(id) `id` $HOME \\ ; exit 3 #'],
    ['blanks at the ends', '  x\t '],
    ['other alphabets', 'Grüße, 世界 🎉'],
    ['a lone backslash', '\\'],
  ])('prints %s as they are', async (_, message) => {
    expect(await run('echo', { message })).toEqual({ code: 0, stdout: message, stderr: '' })
  })

  test('prints nothing without a message', async () => {
    expect(await run('echo', {})).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await run('echo', { message: '' })).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('finds its parameter among others, whatever they contain', async () => {
    const parameters = {
      'a.b': "x'\nmessage='no'",
      message: 'yes',
      'message.part': 'no',
      zone: "message='no'",
    }

    expect(await run('echo', parameters)).toMatchObject({ stdout: 'yes' })
  })
})

describe('core.noop', { timeout: 60_000 }, () => {
  test('succeeds without parameters', async () => {
    expect(await run('noop', {})).toEqual({
      code: 0,
      stdout: 'No operation completed successfully\n',
      stderr: '',
    })
  })

  test('prints the message and ends with the exit code', async () => {
    const { code, stdout } = await run('noop', { message: 'hi', exit_code: 42 })

    expect(code).toBe(42)
    expect(stdout).toBe('[NOOP] hi\nNo operation completed successfully\n')
  })

  test.each(['256', '-1', 'x', '1.5', '08a'])('refuses exit code %s', async (exit_code) => {
    const { code, stdout, stderr } = await run('noop', { exit_code })

    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^ERROR: exit_code must be /)
  })
})

describe('core.sleep', { timeout: 60_000 }, () => {
  test('waits and says how long', async () => {
    const started = performance.now()
    const { code, stdout } = await run('sleep', { seconds: 1, message: 'wait' })

    expect(code).toBe(0)
    expect(stdout).toBe('wait\nSlept for 1 seconds\n')
    expect(performance.now() - started).toBeGreaterThanOrEqual(1000)
  })

  test('refuses what is no number of seconds', async () => {
    for (const seconds of ['3601', 'soon', '-1']) {
      const { code, stderr } = await run('sleep', { seconds })
      expect(code).toBe(1)
      expect(stderr).toMatch(/^ERROR: seconds must be /)
    }
  })
})
