import type { Random } from '../random.ts'
import type { Wire } from './wire.ts'

/** What somebody hostile has to work with. */
export type Attacker = {
  wire: Wire
  /** Their own token; undefined for a stranger. */
  token: string | undefined
  random: Random
  /** Counts up, for names that are not taken. */
  next(): number
}

/** One way to do harm with what one may do. It answers with the statuses that it got. */
export type Attack = {
  name: string
  run(by: Attacker): Promise<(number | undefined)[]>
}

/** Somebody who may do something and does it too much. */
export type HostileRole = {
  name: string
  /** What they may do; undefined: they have no account. */
  permission_set: string | undefined
  attacks: readonly [Attack, ...Attack[]]
}

/** Does the same so many times at once. */
export function atOnce<T>(times: number, one: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => one(index)))
}

type Sent = Parameters<Wire['ask']>[0]

/** Sends one request with the attacker's token. */
export async function ask(by: Attacker, question: Sent): Promise<number | undefined> {
  return (await by.wire.ask({ token: by.token, ...question }))?.status
}
