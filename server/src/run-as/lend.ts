import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../waiting/monotonic.ts'
import type { ProcessAccount } from './account.ts'
import { endAll } from './end-all.ts'
import { livingByUid } from './living.ts'

/** Lends accounts, and takes one back only when nothing of it lives any more. */
export type AccountPool = {
  /** Whom paths and programs are judged by: all that are lent are alike. Undefined where all runs as this process. */
  readonly judge: ProcessAccount | undefined
  take(): ProcessAccount | undefined | Promise<ProcessAccount>
  /** Kills what the account still runs; whoever has it keeps it. Does nothing where others run as the same. */
  end(account: ProcessAccount | undefined): Promise<void>
  giveBack(account: ProcessAccount | undefined): Promise<void>
  close(): Promise<void>
}

/** Between looks at all processes, at least: what left the group of its process lives on so long. */
const LOOK_MS = 250
/** A look may take that part of the time at most. */
const SHARE = 40
const CLOSE_MS = 5000

/** Everything runs as this process itself. */
export const asSelf: AccountPool = {
  judge: undefined,
  take: () => undefined,
  end: async () => undefined,
  giveBack: async () => undefined,
  close: async () => undefined,
}

/** Everything runs as one other account. */
export function asOne(account: ProcessAccount): AccountPool {
  return { ...asSelf, judge: account, take: () => account }
}

type Ending = { account: ProcessAccount; ours: boolean; done: (() => void)[] }

/** Each process gets an account that nobody else has. */
export class AccountLender implements AccountPool {
  readonly judge: ProcessAccount
  readonly #release: () => void
  /** In the order in which they came back: what an account left somewhere lies long before somebody finds it. */
  readonly #free: ProcessAccount[] = []
  readonly #waiting: ((account: ProcessAccount) => void)[] = []
  readonly #ending = new Map<number, Ending>()
  #timer: NodeJS.Timeout | undefined

  /** What lives in the block before we begin is not ours: those numbers are used when it is gone. */
  constructor(uids: readonly number[], release: () => void) {
    const accounts = uids.map((uid) => ({ uid, gid: uid, user: `attune-${uid}`, own: true }))
    const [first] = accounts
    if (first === undefined) throw new Error('A block of accounts has at least one.')
    this.judge = first
    this.#release = release
    const living = livingByUid()
    for (const account of accounts) {
      if (living.has(account.uid)) this.#await(account, false, () => this.#free.push(account))
      else this.#free.push(account)
    }
  }

  take(): ProcessAccount | Promise<ProcessAccount> {
    return this.#free.shift() ?? new Promise((resolve) => this.#waiting.push(resolve))
  }

  end(account: ProcessAccount | undefined): Promise<void> {
    if (account === undefined) return Promise.resolve()
    return new Promise((resolve) => this.#await(account, true, resolve))
  }

  async giveBack(account: ProcessAccount | undefined): Promise<void> {
    if (account === undefined) return
    await this.end(account)
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(account)
    else next(account)
  }

  async close(): Promise<void> {
    const deadline = monotonicMs() + CLOSE_MS
    while ([...this.#ending.values()].some(({ ours }) => ours) && monotonicMs() < deadline) await sleep(50)
    clearTimeout(this.#timer)
    this.#release()
  }

  #await(account: ProcessAccount, ours: boolean, done: () => void): void {
    const known = this.#ending.get(account.uid)
    if (known === undefined) this.#ending.set(account.uid, { account, ours, done: [done] })
    else known.done.push(done)
    this.#timer ??= setTimeout(() => this.#look(), LOOK_MS)
  }

  /** One look serves all that have ended since the last. */
  #look(): void {
    const began = monotonicMs()
    const living = livingByUid()
    for (const [uid, { account, ours, done }] of this.#ending) {
      const pids = living.get(uid)
      if (pids === undefined) {
        this.#ending.delete(uid)
        for (const tell of done) tell()
      } else if (ours) endAll(account, pids)
    }
    const wait = Math.max(LOOK_MS, (monotonicMs() - began) * SHARE)
    this.#timer = this.#ending.size === 0 ? undefined : setTimeout(() => this.#look(), wait)
  }
}
