import { findRuntime, type Known } from './known.ts'
import { meant } from '../../../text/meant.ts'
import type { PackDefinition, PackProblem, RuleDefinition } from '../reader/pack-definition.ts'
import { misfitsOf } from '../reader/rule-fit.ts'

/** What the files alone could not tell: whether everything that the pack refers to is there, and its rules fit it. */
export function checkAgainstKnown(pack: PackDefinition, known: Known): PackProblem[] {
  return [
    ...checkRunners(pack, known),
    ...checkTriggerTypes(pack, known),
    ...pack.rules.flatMap((rule) => checkRule(rule, known)),
  ]
}

function checkRunners({ actions, sensors }: PackDefinition, known: Known): PackProblem[] {
  return [...actions, ...sensors]
    .filter(({ runtime_ref }) => findRuntime(known.runtimes, runtime_ref) === undefined)
    .map(({ file, runtime_ref }) => {
      return {
        file,
        field: 'runner_type',
        message: `names the runtime '${runtime_ref}', which no pack brings${meant(runtime_ref, namesOf(known))}`,
      }
    })
}

function checkTriggerTypes({ sensors }: PackDefinition, known: Known): PackProblem[] {
  return sensors.flatMap(({ file, trigger_refs }) =>
    trigger_refs
      .filter((ref) => !known.triggers.has(ref))
      .map((ref) => ({
        file,
        field: 'trigger_types',
        message: `names the trigger '${ref}', which does not exist${meant(ref, triggersOf(known))}`,
      })),
  )
}

function checkRule(rule: RuleDefinition, known: Known): PackProblem[] {
  const { trigger_ref, action_ref, file } = rule
  const missing: PackProblem[] = []
  if (!known.triggers.has(trigger_ref)) {
    const message = `names the trigger '${trigger_ref}', which does not exist${meant(trigger_ref, triggersOf(known))}`
    missing.push({ file, field: 'trigger_ref', message })
  }
  if (!known.actions.has(action_ref)) {
    const message = `names the action '${action_ref}', which does not exist${meant(action_ref, [...known.actions.keys(), ...known.others.actions])}`
    missing.push({ file, field: 'action_ref', message })
  }
  return [...misfitsOf(rule, known), ...missing]
}

function namesOf({ runtimes }: Known): string[] {
  return runtimes.flatMap(({ ref, name, aliases }) => [ref, name.toLowerCase(), ...aliases])
}

function triggersOf({ triggers, others }: Known): string[] {
  return [...triggers.keys(), ...others.triggers]
}
