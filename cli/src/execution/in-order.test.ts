import { expect, test } from 'vitest'
import { inOrder, type OutputItem } from './in-order.ts'

const text = (at_ms: number, said: string): OutputItem => ({ kind: 'text', text: said, at_ms })
const idle: OutputItem = { kind: 'idle' }

async function* later(...items: (OutputItem | number)[]): AsyncGenerator<OutputItem> {
  for (const item of items) {
    if (typeof item === 'number') await new Promise((resolve) => setTimeout(resolve, item))
    else yield item
  }
}

async function merged(stdout: AsyncIterable<OutputItem>, stderr: AsyncIterable<OutputItem>): Promise<string> {
  let all = ''
  for await (const { name, text: said } of inOrder(
    new Map([
      ['o', stdout],
      ['e', stderr],
    ]),
  ))
    all += `${name}:${said} `
  return all.trim()
}

test.each<[string, (OutputItem | number)[], (OutputItem | number)[], string]>([
  ['one after another', [text(1, 'a'), text(3, 'c')], [text(2, 'b'), text(4, 'd')], 'o:a e:b o:c e:d'],
  ['the second first', [text(5, 'b')], [text(1, 'a')], 'e:a o:b'],
  ['the one that arrives late was earlier', [text(2, 'b')], [20, text(1, 'a')], 'e:a o:b'],
  ['one is silent', [text(1, 'a'), text(2, 'b')], [], 'o:a o:b'],
  ['one is silent for now', [text(1, 'a')], [idle, idle, idle], 'o:a'],
  ['without times the first is first', [text(0, 'a'), text(0, 'b')], [text(0, 'c')], 'o:a o:b e:c'],
  [
    'it had nothing before, and then something earlier',
    [20, text(2, 'b')],
    [idle, 40, text(1, 'a')],
    'e:a o:b',
  ],
  ['both are silent', [], [idle], ''],
])('%s', async (_, stdout, stderr, expected) => {
  expect(await merged(later(...stdout), later(...stderr))).toBe(expected)
})

test('an output that breaks breaks all of it', async () => {
  async function* broken(): AsyncGenerator<OutputItem> {
    yield text(1, 'a')
    throw new Error('broken off')
  }

  await expect(merged(broken(), later(text(2, 'b')))).rejects.toThrow('broken off')
})
