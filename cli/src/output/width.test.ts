import { expect, test } from 'vitest'
import { displayWidth, wrapped } from './width.ts'

test.each([
  ['', 0],
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['漢字', 4],
  ['ｆｕｌｌ', 8],
  ['한글', 4],
  ['🚀', 2],
  ['👨‍👩‍👧', 2],
  ['❤️', 2],
  ['🇩🇪', 2],
  ['│', 1],
  ['𠀀', 2],
])('%j takes %i cells', (text, width) => {
  expect(displayWidth(text)).toBe(width)
})

test('a wide character is never cut in half', () => {
  expect(wrapped('漢字漢字漢', 5)).toEqual(['漢字', '漢字', '漢'])
})

test('a word without spaces is broken where the line ends', () => {
  expect(wrapped('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
})

test('lines break at a space, unless that leaves a line nearly empty', () => {
  expect(wrapped('a bcdef ghij', 8)).toEqual(['a bcdef', 'ghij'])
  expect(wrapped('a bcdefghij', 8)).toEqual(['a bcdefg', 'hij'])
})
