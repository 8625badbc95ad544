import type { Inspect } from './tcp-proxy.ts'

/** Decides which commits lose their answer. */
export type CommitLies = {
  /** Every `nth` commit answers with a broken connection from now on; 0 for none. */
  every(nth: number): void
  told(): number
  inspect(): Inspect
}

/**
 * Reads the answers of PostgreSQL just far enough to see that a transaction has committed, and withholds some of
 * them: the client gets an error for what is done.
 */
export function createCommitLies(): CommitLies {
  let nth = 0
  let seen = 0
  let lies = 0
  function lie(): boolean {
    if (nth === 0) return false
    seen += 1
    if (seen % nth !== 0) return false
    lies += 1
    return true
  }
  return {
    every(count) {
      nth = count
    },
    told: () => lies,
    inspect() {
      const commits = commitCounter()
      return (chunk) => {
        let pass = true
        for (let left = commits(chunk); left > 0; left -= 1) if (lie()) pass = false
        return pass
      }
    },
  }
}

const HEADER = 5
const COMMAND_COMPLETE = 'C'.charCodeAt(0)

/** Counts the completed commits in a stream of messages: a type, a length that includes itself, a body. */
export function commitCounter(): (chunk: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    let commits = 0
    while (rest.length - at >= HEADER) {
      const end = at + 1 + rest.readUInt32BE(at + 1)
      if (end > rest.length) break
      if (rest[at] === COMMAND_COMPLETE && rest.toString('latin1', at + HEADER, end - 1) === 'COMMIT')
        commits += 1
      at = end
    }
    rest = rest.subarray(at)
    return commits
  }
}
