import type { FieldProblem } from '../../../problem.ts'
import { parsePlacement, type PlacementColumns, type Toleration } from '../../definition/form/placement.ts'

/**
 * What an action asks of a worker, and what its caller asks besides: a worker must suit both, so that a caller can only
 * narrow. Without tolerations of their own a caller keeps those of the action; with some, only what both tolerate is
 * tolerated.
 */
export function combine(action: PlacementColumns, caller: PlacementColumns): readonly PlacementColumns[] {
  if (Object.values(caller).every((value) => value === null)) return [action]
  return [action, { ...caller, worker_tolerations: caller.worker_tolerations ?? action.worker_tolerations }]
}

/** What a caller asks for that can only come to nothing, each part by its field. Both are of the form that is stored. */
export function checkNarrowing(caller: PlacementColumns, action: PlacementColumns): FieldProblem[] {
  const wanted = parsePlacement(caller)
  const allowed = parsePlacement(action)
  if (wanted === undefined || allowed === undefined) return [] // refused elsewhere, or placed nowhere
  const contradictions = Object.entries(wanted.selector).flatMap(([key, value]) => {
    const own = Object.hasOwn(allowed.selector, key) ? allowed.selector[key] : undefined
    if (own === undefined || own === value) return []
    const message = `contradicts the action, which runs only where it is '${own}'; leave it out`
    return [{ field: `worker_selector.${key}`, message }]
  })
  const excess = wanted.tolerations.flatMap((toleration, index) => {
    if (allowed.tolerations.some((one) => covers(one, toleration))) return []
    const message = `is for a taint that the action does not tolerate; leave it out, or have it declared in worker_tolerations of the action`
    return [{ field: `worker_tolerations[${index}]`, message }]
  })
  return [...contradictions, ...excess]
}

/** Whether whatever `narrow` tolerates, `wide` does too. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  return (
    wide.key === narrow.key &&
    (wide.effect == null || wide.effect === narrow.effect) &&
    (wide.operator === 'exists' ||
      (narrow.operator !== 'exists' && (wide.value ?? null) === (narrow.value ?? null)))
  )
}
