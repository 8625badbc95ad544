import { Type } from 'typebox'
import { anyJson, anyObject, nullable, oneOf } from '../../../database/row.ts'
import type { Json } from '../../../json.ts'
import { clearable, plain, required } from './field.ts'
import { choice, count, text } from './file-key.ts'
import { checkPlacement, workerAffinity, workerSelector, workerTolerations } from './placement.ts'
import { checkConstraint } from './version.ts'

/* The fields of what runs on workers: actions and sensors. */

export const entrypoint = (says: string) =>
  required(Type.String(), Type.String({ minLength: 1, maxLength: 1024 }), says)

/** Which versions of its runtime will do. */
export const versionConstraint = {
  row: nullable(Type.String()),
  file: { runtime_version: text('A version constraint, such as ">=3.11".') },
  check: {
    code: 'BAD_REQUEST' as const,
    problems(value: Json, field: string) {
      const message = checkConstraint(value)
      return message === undefined ? [] : [{ field, message }]
    },
  },
}

const none = { worker_selector: null, worker_tolerations: null, worker_affinity: null }
const placed = {
  code: 'BAD_REQUEST' as const,
  problems: (value: Json, field: string) => checkPlacement({ ...none, [field]: value }, ''),
}

/** Where it may run: labels a worker must have, taints it tolerates, what it prefers. */
export const placement = {
  worker_selector: {
    ...plain(anyJson, anyObject, {}),
    file: {
      worker_selector: Type.Optional({ ...workerSelector, description: 'Labels that the worker must have.' }),
    },
    check: placed,
  },
  worker_tolerations: {
    ...plain(anyJson, Type.Array(anyJson), []),
    file: {
      worker_tolerations: Type.Optional({
        ...workerTolerations,
        description: 'Taints of workers that do not keep it off.',
      }),
    },
    check: placed,
  },
  worker_affinity: {
    ...plain(anyJson, anyObject, {}),
    file: {
      worker_affinity: Type.Optional({
        ...workerAffinity,
        description: 'Labels that the worker must, should or must not have.',
      }),
    },
    check: placed,
  },
}

const policies = ['versions', 'days', 'hours', 'minutes'] as const
export const atLeastOne = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const policy = clearable(oneOf(policies), oneOf(policies))
const limit = clearable(Type.Integer(), atLeastOne)
const kept = 'How many of them are kept.'

/** How long its logs and artifacts are kept. */
export const retention = {
  log_retention_policy: {
    ...policy,
    file: { log_retention_policy: choice(policies, 'What log_retention_limit counts.') },
  },
  log_retention_limit: { ...limit, file: { log_retention_limit: count(kept, 1) } },
  artifact_retention_policy: {
    ...policy,
    file: { artifact_retention_policy: choice(policies, 'What artifact_retention_limit counts.') },
  },
  artifact_retention_limit: { ...limit, file: { artifact_retention_limit: count(kept, 1) } },
}
