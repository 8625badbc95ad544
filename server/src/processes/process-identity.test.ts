import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { poll } from '../database/embedded/poll.ts'
import {
  findProcess,
  formatProcessId,
  identify,
  isAlive,
  parseProcessId,
  parsePs,
} from './process-identity.ts'

const PATIENCE = { within: 10_000, every: 10 }

test('a running process is found with its command line', () => {
  const facts = findProcess(process.pid)

  expect(facts).toMatchObject({ zombie: false, command: expect.stringContaining('node') })
})

test('a process that ended is not found', async () => {
  const child = spawn('/bin/sh', ['-c', 'exit 0'])
  await once(child, 'exit')

  expect(findProcess(child.pid ?? 0)).toBeUndefined()
})

test('a process whose parent never asks how it ended is a zombie', async () => {
  // The shell leaves a child behind and becomes a program that never asks.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'])
  const [line] = await once(parent.stdout, 'data')

  const zombie = await poll(() => findProcess(Number(String(line).trim()))?.zombie || undefined, PATIENCE)

  expect(zombie).toBe(true)
  parent.kill()
})

test.each([
  [
    'macOS',
    'Ss   Tue Nov 25 02:09:34 2026     /srv/pg/bin/postgres -D /srv/data -p 5544\n',
    {
      mark: 'Tue Nov 25 02:09:34 2026',
      zombie: false,
      command: '/srv/pg/bin/postgres -D /srv/data -p 5544 ',
    },
  ],
  ['Linux', 'Z    Tue Dec  1 02:09:34 2026 [sleep] <defunct>\n', { zombie: true }],
])('what ps says on %s is understood', (_, line, facts) => {
  expect(parsePs(line)).toMatchObject(facts)
})

test('ps that finds nothing says nothing', () => {
  expect(parsePs('')).toBeUndefined()
})

test('a process is alive until it ends', async () => {
  const child = spawn('sleep', ['60'])
  const identity = identify(child.pid ?? 0)
  expect(isAlive(identity)).toBe(true)

  child.kill('SIGKILL')
  await once(child, 'exit')

  expect(isAlive(identity)).toBe(false)
})

test('another process with the same pid is not taken for the first', () => {
  const { pid, mark } = identify(process.pid)

  expect(isAlive({ pid, mark: `${mark}0` })).toBe(false)
})

test('an identity survives being written and read', () => {
  const identity = identify(process.pid)

  expect(parseProcessId(formatProcessId(identity))).toEqual(identity)
})

test.each(['', '\n', '12', '12\n', '12\nhalf a mark', '0\nmark\n', '-1\nmark\n', 'x\nmark\n', '\0\0\0\0'])(
  'a file that holds %j names no process',
  (text) => {
    expect(parseProcessId(text)).toBeUndefined()
  },
)
