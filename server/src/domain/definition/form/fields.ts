import { Type } from 'typebox'
import { anyJson, anyObject, oneOf } from '../../../database/row.ts'
import { given, patchOf } from '../../schema/body-fields.ts'

export const entrypoint = Type.String({ minLength: 1, maxLength: 1024 })
const retentionPolicy = oneOf(['versions', 'days', 'hours', 'minutes'])
export const atLeastOne = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })

/** How long logs and artifacts are kept, in a body that makes something. */
export const newRetention = {
  artifact_retention_policy: given(retentionPolicy),
  artifact_retention_limit: given(atLeastOne),
  log_retention_policy: given(retentionPolicy),
  log_retention_limit: given(atLeastOne),
}

/** The same in a body that changes something. */
export const changedRetention = {
  artifact_retention_policy: patchOf(retentionPolicy),
  artifact_retention_limit: patchOf(atLeastOne),
  log_retention_policy: patchOf(retentionPolicy),
  log_retention_limit: patchOf(atLeastOne),
}

/** Where a program may run: labels a worker must have, taints it tolerates, what it prefers. */
export const placement = {
  worker_selector: given(anyObject),
  worker_tolerations: given(Type.Array(anyJson)),
  worker_affinity: given(anyObject),
}
