import { type Static, Type } from 'typebox'
import { anyJson } from '../../database/row.ts'

/** What can be permitted: the actions of each resource. */
export const resources = {
  packs: ['read', 'create', 'install', 'configure', 'delete'],
  actions: ['read', 'create', 'update', 'delete', 'execute'],
  queues: ['read', 'create', 'update', 'delete'],
  rules: ['read', 'create', 'update', 'delete'],
  triggers: ['read', 'create', 'update', 'delete'],
  runtimes: ['read', 'create', 'update', 'delete'],
  executions: ['read', 'update', 'cancel', 'decrypt'],
  events: ['read', 'create'],
  enforcements: ['read', 'decrypt'],
  inquiries: ['read', 'create', 'update', 'delete', 'respond'],
  keys: ['read', 'create', 'update', 'delete', 'decrypt'],
  artifacts: ['read', 'create', 'update', 'delete'],
  workers: ['read', 'manage'],
  dead_letters: ['read', 'manage'],
  retention: ['read', 'update'],
  identities: ['read', 'create', 'update', 'delete'],
  permissions: ['read', 'manage'],
  audit_log: ['read'],
} as const

export type Resource = keyof typeof resources
export type Permission = { [R in Resource]: readonly [R, (typeof resources)[R][number]] }[Resource]

const refs = (description: string) => Type.Optional(Type.Array(Type.String(), { description }))

/** What narrows a grant. All that are named must hold; of the values of one, any. */
export const Constraints = Type.Object(
  {
    pack_refs: refs('Refs of the packs that the target belongs to.'),
    refs: refs('Refs of targets.'),
    ids: Type.Optional(Type.Array(Type.Integer(), { description: 'Ids of targets.' })),
    owner: Type.Optional(
      Type.Unsafe<'self' | 'any' | 'none'>(
        Type.String({ enum: ['self', 'any', 'none'], description: 'Who owns the target.' }),
      ),
    ),
    owner_types: refs('Kinds of owner.'),
    owner_refs: refs('Refs of the owning pack, action or sensor.'),
    visibility: refs('public, private.'),
    execution_scope: Type.Optional(
      Type.Unsafe<'self' | 'descendants' | 'any'>(
        Type.String({
          enum: ['self', 'descendants', 'any'],
          description:
            'Executions that the caller started, or also what descends from them, or also all others.',
        }),
      ),
    ),
    encrypted: Type.Optional(Type.Boolean({ description: 'Whether the key is encrypted.' })),
    attributes: Type.Optional(
      Type.Record(Type.String(), anyJson, { description: 'Attributes that the caller must have.' }),
    ),
  },
  { title: 'Constraints', additionalProperties: false },
)
export type Constraints = Static<typeof Constraints>

/** One grant of a permission set. */
export const Grant = Type.Object(
  {
    resource: Type.String(),
    actions: Type.Array(Type.String()),
    constraints: Type.Optional(Constraints),
  },
  { title: 'Grant' },
)
export type Grant = Static<typeof Grant>

/** Whether a grant is for the action, wherever its constraints hold. */
export function covers(grant: Grant, [resource, action]: Permission): boolean {
  return grant.resource === resource && grant.actions.includes(action)
}

/** Whether nothing narrows a grant. */
export function isUnconstrained({ constraints }: Grant): boolean {
  return constraints === undefined || constraints === null || Object.keys(constraints).length === 0
}

/** Whether any grant permits the action on every target. */
export function permits(grants: readonly Grant[], permission: Permission): boolean {
  return grants.some((grant) => covers(grant, permission) && isUnconstrained(grant))
}

/** Whether any grant permits the action on some target. Which ones is for the handler to ask: `domain/caller/scope.ts`. */
export function mentions(grants: readonly Grant[], permission: Permission): boolean {
  return grants.some((grant) => covers(grant, permission))
}
