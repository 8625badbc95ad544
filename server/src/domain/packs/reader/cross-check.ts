import { didYouMean } from '../../../text/nearest.ts'
import type { PackDefinition } from './pack-definition.ts'
import type { PackProblem } from '../yaml/findings.ts'
import { misfitsOf, ownTargets } from './rule-fit.ts'

/** The parts of a pack, a kind each. */
export type Components = Pick<
  PackDefinition,
  'permission_sets' | 'runtimes' | 'triggers' | 'actions' | 'rules' | 'sensors'
>
type Named = Components & { ref: string }

/**
 * What the files of a pack say about each other: refs used twice, and refs to parts of the pack that are not there. What
 * a file that could not be read defines is not missing, so where there is one nothing is.
 */
export function crossCheck(pack: Named, { complete }: { complete: boolean }): PackProblem[] {
  const missing = complete ? [...missingTriggers(pack), ...missingActions(pack)] : []
  const own = ownTargets(pack)
  const misfits = pack.rules.flatMap((rule) => misfitsOf(rule, own))
  return [...repeated(pack), ...missing, ...sharedTriggers(pack), ...misfits]
}

function repeated(pack: Components): PackProblem[] {
  const { permission_sets, runtimes, triggers, actions, rules, sensors } = pack
  return [permission_sets, runtimes, triggers, actions, rules, sensors].flatMap((kind) => {
    const first = new Map<string, string>()
    return kind.flatMap(({ file, ref }) => {
      const other = first.get(ref)
      if (other === undefined) first.set(ref, file)
      return other === undefined
        ? []
        : [{ file, field: 'ref', message: `'${ref}' is also the ref of ${other}` }]
    })
  })
}

function missingTriggers({ ref: pack_ref, triggers, rules, sensors }: Named): PackProblem[] {
  const known = new Set(triggers.map(({ ref }) => ref))
  const used = [
    ...rules.map(({ file, trigger_ref }) => ({ file, field: 'trigger_ref', ref: trigger_ref })),
    ...sensors.flatMap(({ file, trigger_refs }) => {
      return trigger_refs.map((ref) => ({ file, field: 'trigger_types', ref }))
    }),
  ]
  return used
    .filter(({ ref }) => ref.startsWith(`${pack_ref}.`) && !known.has(ref))
    .map(({ file, field, ref }) => ({
      file,
      field,
      message: `names the trigger '${ref}', which this pack does not have${didYouMean(ref, known)}`,
    }))
}

function missingActions({ ref: pack_ref, actions, rules }: Named): PackProblem[] {
  const known = new Set(actions.map(({ ref }) => ref))
  return rules
    .filter(({ action_ref }) => action_ref.startsWith(`${pack_ref}.`) && !known.has(action_ref))
    .map(({ file, action_ref }) => {
      return {
        file,
        field: 'action_ref',
        message: `names the action '${action_ref}', which this pack does not have${didYouMean(action_ref, known)}`,
      }
    })
}

/** A trigger has one sensor at most. */
function sharedTriggers({ sensors }: Components): PackProblem[] {
  const served = new Map<string, string>()
  return sensors.flatMap(({ file, ref, trigger_refs }) => {
    return trigger_refs.flatMap((trigger) => {
      const other = served.get(trigger)
      if (other === undefined) served.set(trigger, ref)
      return other === undefined
        ? []
        : [{ file, field: 'trigger_types', message: `'${trigger}' already belongs to the sensor '${other}'` }]
    })
  })
}
