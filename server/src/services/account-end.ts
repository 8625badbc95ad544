import type { AccountEnd } from '../domain/access/administration/admin-write.ts'
import { removeRequestedBy } from '../domain/definition/sensor-token/queries.ts'
import { endExecutionsOf } from '../domain/flow/execution/end-of-account.ts'

/** What ends with an account, in the wings that know what acts in its name. */
export const endOfAccount: AccountEnd = {
  endExecutions: endExecutionsOf,
  removeSensorTokens: removeRequestedBy,
}
