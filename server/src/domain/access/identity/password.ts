import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { Problem } from '../../../problem.ts'
import { createSemaphore, type Waiters } from '../../../waiting/semaphore.ts'

/** argon2id, the algorithm's default: 19 MiB and two passes. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Each check takes a core and 19 MiB for as long as it runs. */
const AT_ONCE = 4

/** No flood of logins fills the memory. */
const waiters: Waiters = {
  places: 64,
  full: () =>
    new Problem('TOO_MANY_REQUESTS', 'Too many logins at once; try again in a moment.', [], {
      retry_after_seconds: 1,
    }),
}

/** A PHC string that carries its own parameters and salt. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST)
}

/** Whether the password is the one of the hash. Without a hash it is not, and finding out takes as long. */
export type PasswordCheck = (password: string, stored: string | null) => Promise<boolean>

export function createPasswordCheck(): PasswordCheck {
  const decoy = hashPassword(randomBytes(16).toString('hex'))
  const semaphore = createSemaphore(AT_ONCE, waiters)
  return (password, stored) =>
    semaphore.run(async () => {
      const matches = await verify(stored ?? (await decoy), password).catch(() => false) // not a hash at all
      return matches && stored !== null
    })
}
