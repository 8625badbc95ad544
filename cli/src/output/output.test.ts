import { expect, test } from 'vitest'
import { createOutput, type Format } from './output.ts'
import type { View } from './view.ts'

const view: View<{ name: string }> = {
  key: 'name',
  columns: [['Name', ({ name }) => ({ text: name, colour: 'green' })]],
}

function printed(options: { isTTY: boolean; format?: Format; quiet?: boolean; env?: NodeJS.ProcessEnv }) {
  const texts = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr') => ({
    isTTY: options.isTTY,
    columns: 80,
    write: (text: string) => (texts[name] += text),
  })
  const { format = 'table', quiet = false, env = {} } = options
  const out = createOutput({ format, quiet, env, stdout: sink('stdout'), stderr: sink('stderr') })
  return { out, texts }
}

test('a terminal gets boxes and colours', () => {
  const { out, texts } = printed({ isTTY: true })

  out.list([{ name: 'a' }], view)

  expect(texts.stdout).toContain('│ \u001b[36mName\u001b[0m │')
  expect(texts.stdout).toContain('│ \u001b[32ma   \u001b[0m │')
})

test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('%j keeps the boxes and drops the colours', (env) => {
  const { out, texts } = printed({ isTTY: true, env })

  out.list([{ name: 'a' }], view)

  expect(texts.stdout).toContain('│ a    │')
})

test('an empty NO_COLOR asks for nothing', () => {
  const { out, texts } = printed({ isTTY: true, env: { NO_COLOR: '' } })

  out.notice('done')

  expect(texts.stdout).toBe('\u001b[32m✓\u001b[0m done\n')
})

test('as JSON and when quiet, sentences for a person are left out', () => {
  const json = printed({ isTTY: false, format: 'json' })
  const quiet = printed({ isTTY: false, quiet: true })

  json.out.done({ name: 'a' }, view, ({ name }) => `${name} is done`)
  quiet.out.done({ name: 'a' }, view, ({ name }) => `${name} is done`)
  quiet.out.warn('careful')

  expect(json.texts).toEqual({ stdout: '{\n  "name": "a"\n}\n', stderr: '' })
  expect(quiet.texts).toEqual({ stdout: 'a\n', stderr: '' })
})

test('a sentence cannot drive the terminal', () => {
  const { out, texts } = printed({ isTTY: false })

  out.notice('rule \u001b[2J')
  out.warn('rule \u001b[2J')

  expect(texts).toEqual({ stdout: '✓ rule \\x1b[2J\n', stderr: '⚠ rule \\x1b[2J\n' })
})
