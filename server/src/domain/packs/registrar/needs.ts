import { satisfies as isInRange } from 'semver'
import { Problem } from '../../../problem.ts'
import { parseConstraint, satisfies } from '../../definition/form/version.ts'
import { parsePackDependency, parseRuntimeDependency } from '../reader/dependency.ts'
import { findRuntime, type Surroundings } from './known.ts'
import { meant } from '../../../text/meant.ts'
import type { PackProblem } from '../reader/pack-definition.ts'

/** What a pack asks of others. */
export type Needs = { ref: string; dependencies: readonly string[]; runtime_deps: readonly string[] }

const file = 'pack.yaml'

/** What a pack needs and does not find, a line for each. */
export function checkNeeds(pack: Needs, around: Surroundings): PackProblem[] {
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
    const message = `Required pack '${ref}' is not installed${meant(ref, packs.keys())}`
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
    const hint = meant(
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
function checkCycle({ ref, dependencies }: Needs, { packs }: Surroundings): PackProblem[] {
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
