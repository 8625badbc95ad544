/*
 * Who has cost so much lately that others go first. A debt is told in the milliseconds that `decideEvent` charges, for time and
 * for what was rendered; it is forgotten after a minute.
 */

/** What accounts have cost, and whose turn in the slow lane is when. Times are milliseconds of the wall clock. */
export type Ledger = {
  /** What an account may cost in a minute before its rules wait. */
  lane_ms: number
  accounts: Map<string, Entry[]>
  /** When the next event of an account in debt has its turn. */
  turns: Map<string, number>
}

/** What was charged in one slot of time, and how often. */
type Entry = { slot: number; ms: number; times: number }

const SLOT_MS = 10_000
const SLOTS = 6
/** An account in debt gets one part in so many of the slow lane while others wait there. */
const PARTS = 2
/** No turn is further away, so that what waits is never forgotten. */
const LONGEST_WAIT_MS = 300_000

export function emptyLedger(lane_ms: number): Ledger {
  return { lane_ms, accounts: new Map(), turns: new Map() }
}

export function charge(
  { accounts }: Ledger,
  account: string,
  { ms, now }: { ms: number; now: number },
): void {
  const slot = Math.floor(now / SLOT_MS)
  const entries = recent(accounts.get(account), now)
  const last = entries.at(-1)
  if (last?.slot === slot) {
    last.ms += ms
    last.times += 1
  } else entries.push({ slot, ms, times: 1 })
  accounts.set(account, entries)
}

/** What an account has cost in the last minute. */
export function owedBy({ accounts }: Ledger, account: string, now: number): number {
  return recent(accounts.get(account), now).reduce((sum, { ms }) => sum + ms, 0)
}

/** Why rules of an account wait for the slow lane; undefined where they need not. */
export function deferralOf(lane_ms: number, owed_ms: number): string | undefined {
  if (owed_ms <= lane_ms) return undefined
  return `The rule waits in the slow lane: rules of its owner have cost ${Math.round(owed_ms)} ms in the last minute, and with more than ${lane_ms} ms others go first; make their conditions and parameters cheaper, or raise evaluation.lane_ms.`
}

/**
 * Gives an event of an account its turn in the slow lane, and answers in how many milliseconds that is. Turns of one
 * account are as far apart as its events cost, and that several times: in between others have theirs, so that a long
 * row of one account does not stand before what another has.
 */
export function takeTurn(ledger: Ledger, account: string, now: number): number {
  const entries = recent(ledger.accounts.get(account), now)
  const times = entries.reduce((sum, entry) => sum + entry.times, 0)
  const each = times === 0 ? 0 : owedBy(ledger, account, now) / times
  const turn = Math.min(Math.max(now, ledger.turns.get(account) ?? 0), now + LONGEST_WAIT_MS)
  ledger.turns.set(account, turn + PARTS * each)
  return Math.round(turn - now)
}

/** Forgets what counts no more, so that nothing grows. */
export function forgetSettled({ accounts, turns }: Ledger, now: number): void {
  for (const [account, entries] of accounts) if (recent(entries, now).length === 0) accounts.delete(account)
  for (const [account, turn] of turns) if (turn <= now) turns.delete(account)
}

function recent(entries: readonly Entry[] | undefined, now: number): Entry[] {
  const first = Math.floor(now / SLOT_MS) - SLOTS + 1
  return (entries ?? []).filter(({ slot }) => slot >= first)
}
