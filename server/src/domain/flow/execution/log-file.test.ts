import { expect, test } from 'vitest'
import { wholeLength } from './log-file.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')

test('plain text and whole characters are shown to the end', () => {
  for (const text of ['', 'plain', 'é', '€', '😀', 'a😀', 'tail\n']) {
    expect(wholeLength(bytes(text)), text).toBe(bytes(text).length)
  }
})

test('a character is not split, wherever the bytes end', () => {
  for (const character of ['é', '€', '😀']) {
    const whole = bytes(`ab${character}`)
    for (let length = 3; length < whole.length; length += 1) {
      expect(wholeLength(whole.subarray(0, length)), `${character} after ${length}`).toBe(2)
    }
  }
})

test('bytes that can never become a character do not hold the log up', () => {
  for (const garbage of [[0x80, 0x80, 0x80, 0x80], [0x61, 0xff], [0xf8, 0x61], [0x80]]) {
    expect(wholeLength(Uint8Array.from(garbage)), String(garbage)).toBe(garbage.length)
  }
})

test('a carriage return waits for the line feed that may follow', () => {
  expect(wholeLength(bytes('50%\r'))).toBe(3)
  expect(wholeLength(bytes('50%\r\n'))).toBe(5)
  expect(wholeLength(bytes('\r'))).toBe(0)
})
