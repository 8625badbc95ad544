import type { PackDefinition, PackProblem } from './pack-definition.ts'

type Components = Omit<PackDefinition, 'warnings'>

/** What the files of a pack say about each other: refs used twice, and refs to parts of the pack that are not there. */
export function crossCheck(pack: Components): PackProblem[] {
  return [...repeated(pack), ...missingTriggers(pack), ...missingActions(pack), ...sharedTriggers(pack)]
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

function missingTriggers({ ref: pack_ref, triggers, rules, sensors }: Components): PackProblem[] {
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
      message: `names the trigger '${ref}', which this pack does not have`,
    }))
}

function missingActions({ ref: pack_ref, actions, rules }: Components): PackProblem[] {
  const known = new Set(actions.map(({ ref }) => ref))
  return rules
    .filter(({ action_ref }) => action_ref.startsWith(`${pack_ref}.`) && !known.has(action_ref))
    .map(({ file, action_ref }) => {
      return {
        file,
        field: 'action_ref',
        message: `names the action '${action_ref}', which this pack does not have`,
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
