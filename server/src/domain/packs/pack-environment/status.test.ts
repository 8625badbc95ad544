import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Asked,
  environmentStatuses,
  nextFor,
  type EnvironmentOnDisk,
  type RecordedEnvironment,
} from './status.ts'

const asked: Asked = { checksum: 'now', eager: false }
const whole: EnvironmentOnDisk = { installed: 'now', interpreter: true }
const absent: EnvironmentOnDisk = { installed: undefined, interpreter: false }

function recorded(changes: Partial<RecordedEnvironment> = {}): RecordedEnvironment {
  return {
    status: 'ready',
    manifest_checksum: 'now',
    rebuild_requested: false,
    claim_over: true,
    retry_due: false,
    ...changes,
  }
}

type Case = [string, RecordedEnvironment, EnvironmentOnDisk, Partial<Asked>, ReturnType<typeof nextFor>]

test.each<Case>([
  ['one that is whole', recorded(), whole, {}, 'use'],
  ['one that nobody has built', recorded({ status: 'pending' }), absent, {}, 'build'],
  ['one that is whole and not yet recorded as such', recorded({ status: 'pending' }), whole, {}, 'use'],
  ['one whose disk was emptied', recorded(), absent, {}, 'build'],
  ['one whose interpreter is gone', recorded(), { ...whole, interpreter: false }, {}, 'build'],
  ['one of an earlier manifest', recorded(), { ...whole, installed: 'before' }, {}, 'build'],
  ['one that is to be made anew', recorded({ rebuild_requested: true }), whole, {}, 'build'],
  ['one that is being built', recorded({ status: 'installing', claim_over: false }), absent, {}, 'wait'],
  ['one whose builder is lost', recorded({ status: 'installing' }), absent, {}, 'build'],
  ['one that failed a moment ago', recorded({ status: 'failed' }), absent, {}, 'give-up'],
  ['one that failed a while ago', recorded({ status: 'failed', retry_due: true }), absent, {}, 'build'],
  [
    'one that failed, when it is to be tended',
    recorded({ status: 'failed' }),
    absent,
    { eager: true },
    'build',
  ],
  [
    'one that failed with another manifest',
    recorded({ status: 'failed', manifest_checksum: 'before' }),
    absent,
    {},
    'build',
  ],
  ['one that could not be made anew', recorded({ status: 'failed' }), whole, {}, 'use'],
])('%s', (...[, row, disk, more, next]) => {
  expect(nextFor(row, disk, { ...asked, ...more })).toBe(next)
})

describe('whatever the row and the disk say', () => {
  const anyRow: fc.Arbitrary<RecordedEnvironment> = fc.record({
    status: fc.constantFrom(...environmentStatuses),
    manifest_checksum: fc.constantFrom(null, 'before', 'now'),
    rebuild_requested: fc.boolean(),
    claim_over: fc.boolean(),
    retry_due: fc.boolean(),
  })
  const anyDisk: fc.Arbitrary<EnvironmentOnDisk> = fc.record({
    installed: fc.constantFrom(undefined, 'before', 'now'),
    interpreter: fc.boolean(),
  })
  const anyAsk = fc.record({ checksum: fc.constant('now'), eager: fc.boolean() })

  test('nothing runs in what is not what the manifest asks for', () => {
    fc.assert(
      fc.property(anyRow, anyDisk, anyAsk, (row, disk, ask) => {
        if (nextFor(row, disk, ask) !== 'use') return
        expect(disk).toEqual(whole)
        expect(row.rebuild_requested).toBe(false)
      }),
    )
  })

  test('nobody builds what another one holds', () => {
    fc.assert(
      fc.property(anyRow, anyDisk, anyAsk, (row, disk, ask) => {
        const held = row.status === 'installing' && !row.claim_over
        expect(nextFor(row, disk, ask) === 'wait').toBe(held)
      }),
    )
  })

  test('who tends never gives up', () => {
    fc.assert(
      fc.property(anyRow, anyDisk, (row, disk) => {
        expect(nextFor(row, disk, { checksum: 'now', eager: true })).not.toBe('give-up')
      }),
    )
  })
})
