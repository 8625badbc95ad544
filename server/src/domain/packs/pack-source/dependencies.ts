import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { satisfies as isInRange } from 'semver'
import { Problem } from '../../../problem.ts'
import { parsePackDependency, type PackDependency } from '../reader/dependency.ts'
import { allNeeds } from '../../definition/pack/queries.ts'
import { type ReadPack, readStaged, type StagedPack } from '../registrar/staged-pack.ts'
import { obtain, type ObtainContext } from './obtain.ts'

/** Packs that one installation may bring along. */
const MOST = 50

/**
 * A pack that has been read, preceded by the packs that it needs and that are not there: fetched from the indexes,
 * depth first, each after what it needs itself. One that is there in a version that does not do is left alone; the
 * registration says so. Throws BAD_REQUEST where one cannot be had, where two need different versions of a third, and
 * where packs need each other.
 */
export async function obtainNeeded(
  obtaining: ObtainContext,
  main: ReadPack,
  folder: string,
): Promise<ReadPack[]> {
  if (main.pack.dependencies.length === 0) return [main]
  const there = new Set((await allNeeds(obtaining.db)).map(({ ref }) => ref))
  const chosen = new Map<string, string>()
  const order: ReadPack[] = []

  async function take(read: ReadPack, way: readonly string[]): Promise<void> {
    const { ref, version, dependencies } = read.pack
    for (const text of dependencies) {
      const needed = parsePackDependency(text)
      if (needed !== undefined && needed.ref !== ref) await takeNeeded(needed, [...way, ref])
    }
    chosen.set(ref, version)
    order.push(read)
  }

  async function takeNeeded(needed: PackDependency, way: readonly string[]): Promise<void> {
    const { ref, range, written } = needed
    if (way.includes(ref)) throw unmet(`Pack '${ref}' depends on itself: ${[...way, ref].join(' → ')}`)
    const version = chosen.get(ref)
    if (version !== undefined && !isInRange(version, range, { includePrerelease: range === '*' }))
      throw unmet(
        `Pack '${ref}' would come in version ${version}, which does not satisfy '${written}' of '${way.at(-1)}'`,
      )
    if (version !== undefined || there.has(ref)) return
    if (order.length + way.length > MOST) throw unmet(`More than ${MOST} packs would have to be fetched`)
    const into = join(folder, `needed-${ref}`)
    await mkdir(into)
    await take(await readStaged(await fetched(needed, into), { folder: into }), way)
  }

  async function fetched({ ref, range }: PackDependency, into: string): Promise<StagedPack> {
    const source = range === '*' ? ref : `${ref}@${range}`
    try {
      return await obtain(obtaining, { source, ref_spec: undefined, anywhere: false }, into)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      throw unmet(`Required pack '${ref}' is not installed, and cannot be fetched: ${error.message}`)
    }
  }

  await take(main, [])
  return order
}

function unmet(reason: string): Problem {
  const message = reason.replace(/\.$/, '')
  return new Problem('BAD_REQUEST', `Pack dependency validation failed: ${message}.`, [
    { field: 'dependencies', message },
  ])
}
