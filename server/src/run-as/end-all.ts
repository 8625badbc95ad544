import { killAccount } from '../processes/signal.ts'
import type { Account } from './account.ts'

/** Kills every process of an account that is nobody else's, these among them. */
export function endAll(account: Account, pids: readonly number[]): void {
  if (!account.own) throw new Error(`The processes of uid ${account.uid} are not ours to end.`)
  killAccount(account, pids)
}
