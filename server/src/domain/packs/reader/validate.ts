import { didYouMean } from '../../../text/nearest.ts'
import type { PackDefinition } from './pack-definition.ts'
import type { PackProblem } from '../yaml/findings.ts'
import { readPack } from './read-pack.ts'
import { isComponentRef } from './reference.ts'
import { shippedRunners } from './runner.ts'

/** What the files of a pack say about themselves. */
export type Validation = {
  /** Null when not even that can be read. */
  ref: string | null
  version: string | null
  problems: PackProblem[]
  warnings: PackProblem[]
}

/**
 * Everything that can be found out about a pack without a server: each problem of each file with its position. What the
 * pack refers to in other packs is looked at when it is registered.
 */
export async function validatePack(dir: string): Promise<Validation> {
  const reading = await readPack(dir)
  const inOrder = (list: readonly PackProblem[]) => list.toSorted(byPosition)
  if ('problems' in reading) {
    return {
      ref: null,
      version: null,
      problems: inOrder(reading.problems),
      warnings: inOrder(reading.warnings),
    }
  }
  const { pack } = reading
  return {
    ref: pack.ref,
    version: pack.version,
    problems: [],
    warnings: inOrder([...reading.warnings, ...oddRunners(pack).map(reading.locate)]),
  }
}

function byPosition(a: PackProblem, b: PackProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

/** A runtime may come from any pack; one that is neither ours nor shipped is most often misspelt. */
function oddRunners({ runtimes, actions, sensors }: PackDefinition): PackProblem[] {
  const own = runtimes.flatMap(({ ref, name, aliases }) => [ref, name.toLowerCase(), ...aliases])
  const known = [...shippedRunners, ...own]
  return [...actions, ...sensors].flatMap(({ file, runtime_ref }) => {
    if (known.includes(runtime_ref) || isComponentRef(runtime_ref)) return []
    const message = `the runtime '${runtime_ref}' is neither of this pack nor one that is shipped${didYouMean(runtime_ref, known)}`
    return [{ file, field: 'runner_type', message }]
  })
}
