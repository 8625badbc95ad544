import { expect, test } from 'vitest'
import { dotenv, runAction } from './run-action.ts'

const notify = (parameters: Record<string, string>) =>
  runAction('/bin/bash', 'examples/actions/notify.sh', dotenv(parameters))

test('examples.notify answers with JSON, whatever the text contains', async () => {
  const message = `it's "quoted", \\ and\nin\ttwo lines\u0007, größer 🎉 $(id)`
  const { code, stdout, stderr } = await notify({ message, channel: '#ops', link: 'https://ci/42' })

  const text = `${message} (https://ci/42)`
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ channel: '#ops', text })
  expect(stderr).toContain('#ops')
})

test('examples.notify needs only a message', async () => {
  const { code, stdout } = await notify({ message: 'plain' })

  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({ channel: '#general', text: 'plain', length: 5 })
})
