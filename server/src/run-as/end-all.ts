import { killAccount } from '../processes/send-signal.ts'
import type { ProcessAccount } from './account.ts'

/** Kills every process of an account that is nobody else's, these among them. */
export function endAll(account: ProcessAccount, pids: readonly number[]): void {
  if (!account.own) throw new Error(`The processes of uid ${account.uid} are not ours to end.`)
  killAccount(account, pids)
}
