import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { monotonicMs } from '../waiting/monotonic.ts'
import { identify, isAlive } from './process-identity.ts'
import { startPiped } from './piped-process.ts'

const order = { file: '/bin/sleep', args: ['60'], cwd: '/', env: {}, identity: undefined }

test('a process that is held until a time is killed then, whoever waits for it', async () => {
  const running = startPiped({ ...order, held_until_ms: monotonicMs() + 1500 })

  const end = await running.ended

  expect(end).toMatchObject({ kind: 'ended', signal: 'SIGKILL', stopped_by: undefined })
})

test('a process whose time is prolonged lives until the last of them is over', async () => {
  const since = monotonicMs()
  const running = startPiped({ ...order, held_until_ms: since + 2500 })
  for (const until of [3500, 4500, 5500]) {
    await sleep(500)
    running.hold(since + until)
  }

  await running.ended

  expect(monotonicMs() - since).toBeGreaterThan(3500)
})

test('nothing is left of the watch of a process that has ended before', async () => {
  const running = startPiped({ ...order, args: ['0.2'], held_until_ms: monotonicMs() + 60_000 })
  const group = identify(running.group.pid ?? 0)

  const end = await running.ended

  expect(end).toMatchObject({ kind: 'ended', code: 0 })
  expect(isAlive(group)).toBe(false)
})
