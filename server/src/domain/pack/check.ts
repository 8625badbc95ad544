import { satisfies as isInRange } from 'semver'
import type { FieldProblem } from '../../problem.ts'
import { checkLanguage, checkParameters } from '../rule/check.ts'
import { parseConstraint, satisfies } from '../runtime/version.ts'
import { parsePackDependency, parseRuntimeDependency } from './dependency.ts'
import { findRuntime, type Known } from './known.ts'
import type { PackDefinition, PackProblem, RuleDefinition } from './pack-definition.ts'

const MANIFEST = 'pack.yaml'

/** What the files alone could not tell: whether everything that the pack refers to is there, and its rules fit it. */
export function checkAgainstKnown(pack: PackDefinition, known: Known): PackProblem[] {
  return [
    ...checkDependencies(pack, known),
    ...checkRuntimeDeps(pack, known),
    ...checkRunners(pack, known),
    ...checkTriggerTypes(pack, known),
    ...pack.rules.flatMap((rule) => checkRule(rule, known)),
  ]
}

function checkDependencies({ dependencies }: PackDefinition, known: Known): PackProblem[] {
  return dependencies.flatMap((text, index) => {
    const dependency = parsePackDependency(text)
    if (dependency === undefined) return []
    const version = known.packs.get(dependency.ref)
    const field = `dependencies[${index}]`
    if (version === undefined) {
      return [
        { file: MANIFEST, field, message: `needs the pack '${dependency.ref}', which is not registered` },
      ]
    }
    if (isInRange(version, dependency.range)) return []
    return [{ file: MANIFEST, field, message: `needs '${text}', but version ${version} is registered` }]
  })
}

function checkRuntimeDeps({ runtime_deps }: PackDefinition, known: Known): PackProblem[] {
  return runtime_deps.flatMap((text, index) => {
    const dependency = parseRuntimeDependency(text)
    if (dependency === undefined) return []
    const runtime = findRuntime(known.runtimes, dependency.runtime)
    const field = `runtime_deps[${index}]`
    if (runtime === undefined) {
      return [
        { file: MANIFEST, field, message: `needs the runtime '${dependency.runtime}', which no pack brings` },
      ]
    }
    const constraint = dependency.constraint === null ? undefined : parseConstraint(dependency.constraint)
    // A runtime that lists no versions is whatever the worker has; workers decide then.
    if (constraint === undefined || runtime.versions.length === 0) return []
    if (runtime.versions.some((version) => satisfies(version, constraint))) return []
    return [
      {
        file: MANIFEST,
        field,
        message: `needs '${text}', but ${runtime.ref} has ${runtime.versions.join(', ')}`,
      },
    ]
  })
}

function checkRunners({ actions, sensors }: PackDefinition, known: Known): PackProblem[] {
  return [...actions, ...sensors]
    .filter(({ runtime_ref }) => findRuntime(known.runtimes, runtime_ref) === undefined)
    .map(({ file, runtime_ref }) => {
      return {
        file,
        field: 'runner_type',
        message: `names the runtime '${runtime_ref}', which no pack brings`,
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
        message: `names the trigger '${ref}', which does not exist`,
      })),
  )
}

function checkRule(rule: RuleDefinition, known: Known): PackProblem[] {
  const trigger = known.triggers.get(rule.trigger_ref)
  const action = known.actions.get(rule.action_ref)
  const problems: FieldProblem[] = [...checkLanguage(rule)]
  if (trigger === undefined) {
    problems.push({
      field: 'trigger_ref',
      message: `names the trigger '${rule.trigger_ref}', which does not exist`,
    })
  }
  if (action === undefined) {
    problems.push({
      field: 'action_ref',
      message: `names the action '${rule.action_ref}', which does not exist`,
    })
  }
  if (problems.length === 0 && trigger !== undefined && action !== undefined) {
    problems.push(...checkParameters({ ...rule, schemas: { trigger, action } }))
  }
  return problems.map((problem) => ({ file: rule.file, ...problem }))
}
