import { type Static, Type } from 'typebox'
import { anyObject } from '../database/row.ts'

/** What can be permitted: the actions of each resource. */
export const resources = {
  packs: ['read', 'create', 'install', 'configure', 'delete'],
  actions: ['read', 'create', 'update', 'delete', 'execute'],
  rules: ['read', 'create', 'update', 'delete'],
  triggers: ['read', 'create', 'update', 'delete'],
  runtimes: ['read', 'create', 'update', 'delete'],
  executions: ['read', 'update', 'cancel', 'decrypt'],
  events: ['read', 'create'],
  enforcements: ['read', 'decrypt'],
  workers: ['read', 'manage'],
  dead_letters: ['read', 'manage'],
} as const

export type Resource = keyof typeof resources
export type Permission = { [R in Resource]: readonly [R, (typeof resources)[R][number]] }[Resource]

/** One grant of a permission set. */
export const Grant = Type.Object({
  resource: Type.String(),
  actions: Type.Array(Type.String()),
  constraints: Type.Optional(anyObject),
})
export type Grant = Static<typeof Grant>

/**
 * Whether any grant permits the action. A grant with constraints counts only where the caller's target is
 * checked against them, so it does not count here.
 */
export function permits(grants: readonly Grant[], [resource, action]: Permission): boolean {
  return grants.some(
    (grant) =>
      grant.resource === resource && grant.actions.includes(action) && grant.constraints === undefined,
  )
}
