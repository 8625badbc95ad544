import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyRelease, bestVersion, checkConstraint, parseConstraint, satisfies } from './version.ts'

function fits(version: string, text: string): boolean {
  const constraint = parseConstraint(text)
  if (constraint === undefined) throw new Error(`${text} is not a constraint`)
  return satisfies(version, constraint)
}

describe('a constraint', () => {
  test.each([
    ['', ['0.0.1', '3.12', '99.0.0'], ['3.13.0-rc.1', 'latest', '']],
    ['*', ['3.12.4'], ['3.13.0-rc.1']],
    ['x', ['3.12.4'], ['3.13.0-rc.1']],
    ['3', ['3', '3.0.0', '3.12.9'], ['2.9.9', '4.0.0']],
    ['~3', ['3.0.0', '3.12.9'], ['2.9.9', '4.0.0']],
    ['20', ['20.19.0', 'v20.0.0'], ['21.0.0', '18.20.4']],
    ['3.x', ['3.0.0', '3.12.9'], ['4.0.0']],
    ['3.*', ['3.0.0', '3.12.9'], ['2.7.18']],
    ['3.X.x', ['3.12.9'], ['4.0.0']],
    ['3.12.*', ['3.12.0', '3.12.9'], ['3.13.0', '3.11.9']],
    ['3.12', ['3.12', '3.12.0', '3.12.9'], ['3.13.0', '3.11.9', '4.0.0']],
    ['~3.12', ['3.12.0', '3.12.9'], ['3.13.0']],
    ['3.12.4', ['3.12.4', '3.12.9'], ['3.12.3', '3.13.0']],
    ['=3.12', ['3.12', '3.12.0'], ['3.12.1', '3.11.9']],
    ['=3.12.4', ['3.12.4'], ['3.12.3', '3.12.5']],
    ['>=3.12', ['3.12.0', '3.12.1', '4.0.0'], ['3.11.9']],
    ['>3.12', ['3.12.1', '3.13.0'], ['3.12.0', '3.12']],
    ['<=3.12', ['3.12.0', '3.11.9'], ['3.12.1']],
    ['<3.12', ['3.11.9'], ['3.12.0']],
    ['^3.12', ['3.12.0', '3.99.0'], ['3.11.9', '4.0.0']],
    ['^3', ['3.0.0', '3.99.0'], ['4.0.0']],
    ['^0.2', ['0.2.0', '0.2.9'], ['0.3.0', '0.1.9']],
    ['^0.2.3', ['0.2.3', '0.2.9'], ['0.2.2', '0.3.0']],
    ['^0.0.3', ['0.0.3'], ['0.0.4', '0.0.2']],
    ['^0.0', ['0.0.0', '0.0.9'], ['0.1.0']],
    ['^0', ['0.0.1', '0.9.0'], ['1.0.0']],
    ['>=3.12,<4.0', ['3.12.0', '3.99.9'], ['3.11.9', '4.0.0']],
    [' >= 3.12 , < 4 ', ['3.12.0'], ['4.0.0']],
    ['>=3.12, *', ['3.12.0'], ['3.11.0']],
    ['11.0.22.1', ['11.0.22', '11.0.22.7'], ['11.0.21', '11.1.0']],
  ])('%j admits %j and refuses %j', (text, admitted, refused) => {
    expect(admitted.filter((version) => !fits(version, text))).toEqual([])
    expect(refused.filter((version) => fits(version, text))).toEqual([])
  })

  test.each([
    '>=3.12 <4',
    '3.11 || 3.12',
    '>=v3.12',
    'v3.12',
    '3.12,',
    ',',
    '>=',
    '>=3.x',
    '~*',
    'x.1',
    '3.x.1',
    '=>3.12',
    '3.12-rc.1',
    '3.12.0-rc.01',
    'latest',
    '-1',
    '3..1',
    `>=${'9'.repeat(16)}`,
    `3${',3'.repeat(200)}`,
  ])('written as %j is refused', (text) => {
    expect(parseConstraint(text)).toBeUndefined()
    expect(checkConstraint(text)).toContain('must be a version constraint')
  })

  test.each([
    ['3.13.0-rc.1', '>=3.13.0-beta.2', true],
    ['3.13.0-alpha.9', '>=3.13.0-beta.2', false],
    ['3.13.1-rc.1', '>=3.13.0-beta.2', false],
    ['3.13.0', '>=3.13.0-beta.2', true],
    ['3.13.0-rc.1', '>=3.12', false],
    ['4.0.0-rc.1', '<4.0', false],
    ['3.13.0-rc.1', '=3.13.0-rc.1', true],
    ['3.13.0-rc.2', '3.13.0-rc.1', true],
  ])('and the pre-release %s: %j gives %s', (version, text, expected) => {
    expect(fits(version, text)).toBe(expected)
  })
})

test('a version may have a leading v, fewer or more than three numbers, and build metadata', () => {
  for (const version of ['3.12', 'v3.12.0', 'V3.12', '3.12.0.1', '3.12.0+build.7', ' 3.12.0 '])
    expect(fits(version, '=3.12.0'), version).toBe(true)
})

test('a version that cannot be read satisfies nothing, not even "any"', () => {
  for (const version of ['', 'latest', '3.x', 'three', '3.12.0-', '1'.repeat(300)])
    expect(satisfies(version, anyRelease), version).toBe(false)
})

describe('the best version', () => {
  test('is the highest by number that satisfies the constraint, as it was written', () => {
    const versions = ['3.9.18', 'v3.12.4', '3.12.10', '3.13']

    expect(bestVersion(versions)).toBe('3.13')
    expect(bestVersion(versions, parseConstraint('3.12'))).toBe('3.12.10')
    expect(bestVersion(versions, parseConstraint('<3.12.10'))).toBe('v3.12.4')
  })

  test('is none if nothing satisfies the constraint', () => {
    expect(bestVersion(['3.12.4', 'latest'], parseConstraint('>=4'))).toBeUndefined()
    expect(bestVersion([])).toBeUndefined()
  })

  test('is never a pre-release unless one is asked for', () => {
    expect(bestVersion(['3.12.4', '3.13.0-rc.1'])).toBe('3.12.4')
    expect(bestVersion(['3.12.4', '3.13.0-rc.1'], parseConstraint('>=3.13.0-rc.1'))).toBe('3.13.0-rc.1')
  })
})

const numbers = fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40))

function order([a, b, c]: readonly [number, number, number]): number {
  return a * 10_000 + b * 100 + c
}

test('whatever the numbers, bounds admit exactly the versions between them', () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, (low, high, version) => {
      const expected = order(version) >= order(low) && order(version) < order(high)
      expect(fits(version.join('.'), `>=${low.join('.')},<${high.join('.')}`)).toBe(expected)
    }),
  )
})

test('reading a constraint never throws', () => {
  const scrap = fc.stringMatching(/^[<>=~^0123.*xX,\- v+a]{0,20}$/)
  fc.assert(
    fc.property(scrap, scrap, (text, version) => {
      const constraint = parseConstraint(text)
      expect(typeof satisfies(version, constraint ?? anyRelease)).toBe('boolean')
    }),
  )
})
