import { satisfies as isInRange } from 'semver'
import type { Queryable } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import { didYouMean } from '../../../text/nearest.ts'
import { parseConstraint, satisfies } from '../../definition/form/version.ts'
import { canonicalRuntimeName } from '../../definition/runtime/name.ts'
import { offeredVersions } from '../../flow/worker/queries.ts'
import { parsePackDependency, parseRuntimeDependency } from '../reader/dependency.ts'
import type { PackDefinition, RuleDefinition } from '../reader/pack-definition.ts'
import { refuse, type SoundReading } from '../reader/read-pack.ts'
import { misfitsOf } from '../reader/rule-fit.ts'
import type { PackProblem } from '../yaml/findings.ts'
import { findRuntime, type KnownDefinitions, type Surroundings } from './surroundings.ts'

/* What a pack asks of what is there: other packs, runtimes, and the triggers and actions that its parts name. */

/** Throws whatever of the pack does not fit what is there. */
export function refuseUnfit({ pack, locate }: SoundReading, known: KnownDefinitions): void {
  const problems = checkReferences(pack, known).map(locate)
  refuseUnmet(checkNeeds(pack, known).map(locate), problems)
  refuse(pack.ref, problems)
}

/** What a pack asks of others. */
export type PackNeeds = { ref: string; dependencies: readonly string[]; runtime_deps: readonly string[] }

const file = 'pack.yaml'

/** What a pack needs and does not find, a line for each. */
export function checkNeeds(pack: PackNeeds, around: Surroundings): PackProblem[] {
  return [
    ...pack.dependencies.flatMap((text, index) => checkPack(text, `dependencies[${index}]`, around)),
    ...checkCycle(pack, around),
    ...pack.runtime_deps.flatMap((text, index) => checkRuntime(text, `runtime_deps[${index}]`, around)),
  ]
}

/** Throws every unmet need at once, and after them what else is wrong. */
export function refuseUnmet(needs: readonly PackProblem[], others: readonly PackProblem[] = []): void {
  if (needs.length === 0) return
  const lines = needs.map(({ message }) => message).join('; ')
  throw new Problem('BAD_REQUEST', `Pack dependency validation failed: ${lines}.`, [...needs, ...others])
}

function checkPack(text: string, field: string, { packs }: Surroundings): PackProblem[] {
  const dependency = parsePackDependency(text)
  if (dependency === undefined) return []
  const { ref, range, written } = dependency
  const found = packs.get(ref)
  if (found === undefined) {
    const message = `Required pack '${ref}' is not installed${didYouMean(ref, packs.keys())}`
    return [{ file, field, message }]
  }
  if (isInRange(found.version, range, { includePrerelease: range === '*' })) return []
  const message = `Pack '${ref}' version ${found.version} does not satisfy constraint '${written}'`
  return [{ file, field, message }]
}

function checkRuntime(text: string, field: string, { runtimes }: Surroundings): PackProblem[] {
  const dependency = parseRuntimeDependency(text)
  if (dependency === undefined) return []
  const { runtime: name, constraint: written } = dependency
  const runtime = findRuntime(runtimes, name)
  if (runtime === undefined) {
    const hint = didYouMean(
      name,
      runtimes.flatMap((one) => [one.name.toLowerCase(), ...one.aliases]),
    )
    return [{ file, field, message: `Runtime '${name}' not found on system${hint}` }]
  }
  const constraint = written === null ? undefined : parseConstraint(written)
  // A runtime that lists no versions is whatever the worker has; workers decide then.
  if (constraint === undefined || runtime.versions.length === 0) return []
  if (runtime.versions.some((version) => satisfies(version, constraint))) return []
  const versions = runtime.versions.join(', ')
  return [
    {
      file,
      field,
      message: `Runtime '${name}' version ${versions} does not satisfy constraint '${written}'`,
    },
  ]
}

/** A pack that is needed by what it needs could never be installed anew. */
function checkCycle({ ref, dependencies }: PackNeeds, { packs }: Surroundings): PackProblem[] {
  const seen = new Set<string>()
  const wayBack = (from: string, way: readonly string[]): readonly string[] | undefined => {
    if (from === ref) return [...way, from]
    if (seen.has(from)) return undefined
    seen.add(from)
    for (const next of refsOf(packs.get(from)?.dependencies ?? [])) {
      const found = wayBack(next, [...way, from])
      if (found !== undefined) return found
    }
    return undefined
  }
  return dependencies.flatMap((text, index) => {
    const needed = parsePackDependency(text)?.ref
    const way = needed === undefined ? undefined : wayBack(needed, [ref])
    if (way === undefined) return []
    return [
      {
        file,
        field: `dependencies[${index}]`,
        message: `Pack '${ref}' depends on itself: ${way.join(' → ')}`,
      },
    ]
  })
}

function refsOf(dependencies: readonly string[]): string[] {
  return dependencies.flatMap((text) => parsePackDependency(text)?.ref ?? [])
}

/** The packs that need this one, each with the range in which it may be. */
export function dependentsOf(ref: string, { packs }: Pick<Surroundings, 'packs'>) {
  return [...packs].flatMap(([dependent, { dependencies }]) =>
    dependencies.flatMap((text) => {
      const needed = parsePackDependency(text)
      return needed?.ref === ref && dependent !== ref ? [{ ref: dependent, text, range: needed.range }] : []
    }),
  )
}

/** Whether everything that the pack refers to is there, and its rules fit it. */
function checkReferences(pack: PackDefinition, known: KnownDefinitions): PackProblem[] {
  return [
    ...checkRunners(pack, known),
    ...checkTriggerTypes(pack, known),
    ...pack.rules.flatMap((rule) => checkRule(rule, known)),
  ]
}

function checkRunners({ actions, sensors }: PackDefinition, known: KnownDefinitions): PackProblem[] {
  return [...actions, ...sensors]
    .filter(({ runtime_ref }) => findRuntime(known.runtimes, runtime_ref) === undefined)
    .map(({ file, runtime_ref }) => {
      return {
        file,
        field: 'runner_type',
        message: `names the runtime '${runtime_ref}', which no pack brings${didYouMean(runtime_ref, namesOf(known))}`,
      }
    })
}

function checkTriggerTypes({ sensors }: PackDefinition, known: KnownDefinitions): PackProblem[] {
  return sensors.flatMap(({ file, trigger_refs }) =>
    trigger_refs
      .filter((ref) => !known.triggers.has(ref))
      .map((ref) => ({
        file,
        field: 'trigger_types',
        message: `names the trigger '${ref}', which does not exist${didYouMean(ref, triggersOf(known))}`,
      })),
  )
}

function checkRule(rule: RuleDefinition, known: KnownDefinitions): PackProblem[] {
  const { trigger_ref, action_ref, file } = rule
  const missing: PackProblem[] = []
  if (!known.triggers.has(trigger_ref)) {
    const message = `names the trigger '${trigger_ref}', which does not exist${didYouMean(trigger_ref, triggersOf(known))}`
    missing.push({ file, field: 'trigger_ref', message })
  }
  if (!known.actions.has(action_ref)) {
    const message = `names the action '${action_ref}', which does not exist${didYouMean(action_ref, [...known.actions.keys(), ...known.others.actions])}`
    missing.push({ file, field: 'action_ref', message })
  }
  return [...misfitsOf(rule, known), ...missing]
}

function namesOf({ runtimes }: KnownDefinitions): string[] {
  return runtimes.flatMap(({ ref, name, aliases }) => [ref, name.toLowerCase(), ...aliases])
}

function triggersOf({ triggers, others }: KnownDefinitions): string[] {
  return [...triggers.keys(), ...others.triggers]
}

/** What is right about a pack and may still go wrong: a language that no worker offers, a pack that wants another version. */
export async function forewarn(
  db: Queryable,
  pack: PackDefinition,
  around: Pick<Surroundings, 'packs'>,
): Promise<string[]> {
  return [...dependentsOf(pack.ref, around).flatMap(unless(pack.version)), ...(await languages(db, pack))]
}

function unless(version: string) {
  return ({ ref, text, range }: { ref: string; text: string; range: string }) =>
    isInRange(version, range) ? [] : [`the pack '${ref}' needs '${text}', which version ${version} is not`]
}

async function languages(db: Queryable, { least_versions }: PackDefinition): Promise<string[]> {
  const wanted = Object.entries(least_versions).filter(([, version]) => version !== null)
  if (wanted.length === 0) return []
  const offered = await offeredVersions(db)
  return wanted.flatMap(([language, version]) => {
    const constraint = parseConstraint(`>=${version ?? '0'}`)
    const found = offered.get(canonicalRuntimeName(language)) ?? []
    if (constraint === undefined || found.some((one) => satisfies(one, constraint))) return []
    return [`no live worker offers ${language} ${version} or later`]
  })
}
