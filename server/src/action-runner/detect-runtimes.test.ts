import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { type DetectableRuntime, detectRuntimes } from './detect-runtimes.ts'

let bin = ''
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), 'attune-bin-'))
  program('snake', 'echo "Snake 3.11.7"')
  program('snake3.9', 'echo "Snake 3.9.18" >&2')
  program('beans', 'echo \'beans version "21"\' >&2')
  program('broken', 'echo "Snake 4.0.0"; exit 1')
  program('odd', 'echo odd 1.2.3; exit 7')
})
afterAll(() => rmSync(bin, { recursive: true, force: true }))

function program(name: string, code: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${code}\n`, { mode: 0o755 })
}

function row(name: string, verification: Json, differs: Partial<DetectableRuntime> = {}): DetectableRuntime {
  return {
    name,
    aliases: [name.toLowerCase()],
    distributions: { verification },
    execution_config: {},
    ...differs,
  }
}

function detect(rows: DetectableRuntime[], runtimes?: string) {
  return detectRuntimes(rows, { PATH: `${bin}:/usr/bin:/bin`, ATTUNE_WORKER_RUNTIMES: runtimes })
}

test('a runtime is offered when a command verifies it, with the version that is really there', async () => {
  const found = await detect([
    row('Snake', { commands: [{ binary: 'snake', args: ['--version'], pattern: 'Snake 3\\.' }] }),
    row('Beans', { commands: [{ binary: 'beans', args: ['-version'] }] }),
  ])

  expect(found).toEqual({
    runtimes: ['snake', 'beans', 'native'],
    runtime_versions: { snake: ['3.11.7'], beans: ['21'] },
  })
})

test('commands are tried by priority, and the first that succeeds counts', async () => {
  const commands = [
    { binary: 'snake3.9' },
    { binary: 'snake', priority: 2 },
    { binary: 'no-such', priority: 1 },
  ]

  expect((await detect([row('Snake', { commands })])).runtime_versions).toEqual({ snake: ['3.11.7'] })
})

test.each([
  ['that does not exist', { binary: 'no-such' }],
  ['that fails', { binary: 'broken' }],
  ['that prints something else', { binary: 'snake', pattern: 'Snake 2' }],
  ['whose pattern is none', { binary: 'snake', pattern: '(' }],
  ['that ends with another code', { binary: 'odd', exit_code: 8 }],
])('a command %s verifies nothing', async (_what, command) => {
  expect(await detect([row('X', { commands: [command] })])).toEqual({
    runtimes: ['native'],
    runtime_versions: {},
  })
})

test('an expected exit code is a success', async () => {
  expect(await detect([row('Odd', { commands: [{ binary: 'odd', exit_code: 7 }] })])).toMatchObject({
    runtimes: ['odd', 'native'],
  })
})

test('what is always there or need not be checked is offered without a command', async () => {
  const found = await detect([
    row('Shell', { always_available: true }, { execution_config: { interpreter: { binary: '/bin/bash' } } }),
    row('Native', { always_available: true, check_required: false }),
    row('Free', { check_required: false }),
  ])

  expect(found.runtimes).toEqual(['shell', 'native', 'free'])
  expect(found.runtime_versions).toEqual({ shell: [expect.stringMatching(/^\d+\.\d+/)] })
})

test('no way to verify is no runtime', async () => {
  expect(await detect([row('A', {}), row('B', null), { ...row('C', {}), distributions: {} }])).toMatchObject({
    runtimes: ['native'],
  })
})

test('versions have rows of their own; their real numbers are offered, newest first', async () => {
  const versions = [
    { distributions: { verification: { commands: [{ binary: 'snake3.9' }] } }, execution_config: {} },
    { distributions: {}, execution_config: { interpreter: { binary: 'snake' } } },
    { distributions: {}, execution_config: { interpreter: { binary: 'snake9' } } },
  ]

  const found = await detect([row('Snake', { commands: [{ binary: 'snake' }] }, { versions })])

  expect(found.runtime_versions).toEqual({ snake: ['3.11.7', '3.9.18'] })
})

test('names are lower case among the runtimes and canonical among the versions', async () => {
  expect(await detect([row('Node.js', { commands: [{ binary: 'snake' }] })])).toEqual({
    runtimes: ['node.js', 'native'],
    runtime_versions: { node: ['3.11.7'] },
  })
})

test('a list in the environment decides what is offered and what is looked at', async () => {
  const rows = [
    row('Snake', { commands: [{ binary: 'snake' }] }),
    row('Beans', { commands: [{ binary: 'beans' }] }),
    row('Node.js', { commands: [{ binary: 'snake3.9' }] }),
  ]

  expect(await detect(rows, ' Snake, ,NODE ')).toEqual({
    runtimes: ['snake', 'node', 'native'],
    runtime_versions: { snake: ['3.11.7'], node: ['3.9.18'] },
  })
})
