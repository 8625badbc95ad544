import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { charge, deferralOf, emptyLedger, forgetSettled, type Ledger, owedBy, takeTurn } from './debt.ts'

const now = 1_800_000_000_000

const isInDebt = (ledger: Ledger, account: string, at: number) =>
  deferralOf(ledger.lane_ms, owedBy(ledger, account, at)) !== undefined

describe('a debt', () => {
  test('begins above what a minute may cost, and is the account’s own', () => {
    const ledger = emptyLedger(200)
    charge(ledger, 'identity 1', { ms: 200, now })

    expect(isInDebt(ledger, 'identity 1', now)).toBe(false)
    charge(ledger, 'identity 1', { ms: 1, now })

    expect(isInDebt(ledger, 'identity 1', now)).toBe(true)
    expect(isInDebt(ledger, 'identity 2', now)).toBe(false)
  })

  test('is over a minute after its last charge at the latest', () => {
    const ledger = emptyLedger(200)
    charge(ledger, 'identity 1', { ms: 10_000, now })

    expect(isInDebt(ledger, 'identity 1', now + 49_000)).toBe(true)
    expect(isInDebt(ledger, 'identity 1', now + 60_000)).toBe(false)
  })

  test('counts what was charged in the last minute and no more', () => {
    const charges = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 500 }), at: fc.nat(300_000) }))
    fc.assert(
      fc.property(charges, (list) => {
        const ledger = emptyLedger(200)
        const sorted = list.toSorted((a, b) => a.at - b.at)
        for (const { ms, at } of sorted) charge(ledger, 'a', { ms, now: now + at })
        const end = now + (sorted.at(-1)?.at ?? 0)
        const sumSince = (since: number) =>
          sorted.reduce((sum, { ms, at }) => sum + (now + at > since ? ms : 0), 0)

        expect(owedBy(ledger, 'a', end)).toBeLessThanOrEqual(sumSince(end - 60_001))
        expect(owedBy(ledger, 'a', end)).toBeGreaterThanOrEqual(sumSince(end - 50_000))
      }),
    )
  })

  test('leaves nothing behind', () => {
    const ledger = emptyLedger(200)
    charge(ledger, 'identity 1', { ms: 500, now })
    takeTurn(ledger, 'identity 1', now)

    forgetSettled(ledger, now + 60_000)

    expect([ledger.accounts.size, ledger.turns.size]).toEqual([0, 0])
  })
})

describe('turns in the slow lane', () => {
  test('come at once for whoever has none yet, however long the row of another is', () => {
    const ledger = emptyLedger(200)
    charge(ledger, 'identity 1', { ms: 500, now })
    charge(ledger, 'identity 2', { ms: 300, now })
    const first = Array.from({ length: 50 }, () => takeTurn(ledger, 'identity 1', now))

    expect(first.slice(0, 3)).toEqual([0, 1000, 2000])
    expect(takeTurn(ledger, 'identity 2', now)).toBe(0)
  })

  test('are never later than five minutes, and never before an earlier one of the account', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.nat(2000), { maxLength: 200 }),
        (ms, steps) => {
          const ledger = emptyLedger(200)
          let at = now
          let last = 0
          charge(ledger, 'a', { ms, now })
          for (const step of steps) {
            at += step
            const turn = at + takeTurn(ledger, 'a', at)
            expect(turn).toBeLessThanOrEqual(at + 300_000)
            expect(turn).toBeGreaterThanOrEqual(Math.min(last, at + 300_000))
            last = turn
          }
        },
      ),
    )
  })
})
