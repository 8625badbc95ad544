import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { logText, logWriter, onTerminal } from './log-text.ts'

const red = '\u001b[31m'
const off = '\u001b[0m'

test('line breaks, tabs and colours pass', () => {
  expect(onTerminal(`a\tb\n${red}c${off}\n`)).toBe(`a\tb\n${red}c${off}\n`)
})

test('a colour that the log leaves on is switched off at its end', () => {
  expect(onTerminal(`${off}${red}c\n`)).toBe(`${off}${red}c\n${off}`)
})

test.each([
  ['\u001b[2J', '\\x1b[2J'],
  ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['\u009b31m', '\\x9b31m'],
  ['a\bb', 'a\\x08b'],
  ['\u001b', '\\x1b'],
  ['\u001b[31', '\\x1b[31'],
])('%j is written out', (text, shown) => {
  expect(onTerminal(text)).toBe(shown)
})

test('a lone carriage return starts a line instead of overwriting one', () => {
  expect(onTerminal('10%\r50%\r\nok\r')).toBe('10%\n50%\nok\n')
})

test('how a log is cut into chunks does not change what is shown', () => {
  const pieces = fc.constantFrom(
    'text',
    '\n',
    '\r',
    '\r\n',
    red,
    off,
    '\u001b',
    '\u001b[',
    '2J',
    'm',
    '漢',
    '\t',
  )
  fc.assert(
    fc.property(fc.array(pieces), fc.array(fc.nat({ max: 8 })), (parts, cuts) => {
      const log = parts.join('')
      const text = logText()
      let shown = ''
      let at = 0
      for (const size of cuts) {
        shown += text.push(log.slice(at, at + size))
        at += size
      }
      shown += text.push(log.slice(at)) + text.end()

      expect(shown).toBe(onTerminal(log))
    }),
  )
})

test('on a terminal a log is made safe, in a pipe it is left as it is', () => {
  const written: string[] = []
  const write = (text: string): number => written.push(text)

  for (const isTTY of [true, false]) {
    const writer = logWriter({ write, isTTY })
    writer.write('a\u001b[2J')
    writer.end()
  }

  expect(written.join('')).toBe('a\\x1b[2Ja\u001b[2J')
})
