import { compare, gt, maxSatisfying, prerelease, valid, validRange } from 'semver'
import { Problem } from '../../../problem.ts'
import type { InstallSource, PackIndexEntry } from './entry.ts'

/** A pack that is asked for by name. */
export type WantedPackVersion = { ref: string; range: string | undefined }

/** The entry of the best version: the one that is named, else the highest that the range allows. */
export function chooseEntry<Entry extends { pack: PackIndexEntry }>(
  entries: readonly Entry[],
  { ref, range }: WantedPackVersion,
): Entry {
  const listed = entries.filter(({ pack }) => valid(pack.version) !== null)
  const all = listed.map(({ pack }) => pack.version)
  const version = all.find((one) => one === range) ?? chooseVersion(all, range)
  const chosen = listed.find(({ pack }) => pack.version === version)
  if (chosen !== undefined) return chosen
  const versions = [...new Set(all)].sort(compare).slice(-20).join(', ')
  const message = `the index has '${ref}' in no version that fits '${range ?? 'latest'}'; there is ${versions || 'none'}`
  throw new Problem('BAD_REQUEST', `source: ${message}`, [{ field: 'source', message }])
}

function chooseVersion(versions: readonly string[], range = 'latest'): string | null {
  if (range !== 'latest') {
    const read = validRange(range.replaceAll(',', ' '))
    return read === null ? null : maxSatisfying([...versions], read)
  }
  const stable = versions.filter((version) => prerelease(version) === null)
  return maxSatisfying(stable.length > 0 ? stable : [...versions], '*', { includePrerelease: true })
}

/** Whether a version is above another; one that is no version is below all. */
export function isHigher(version: string, other: string): boolean {
  if (valid(version) === null) return false
  return valid(other) === null || gt(version, other)
}

/** How an entry is installed: by git where it can be, else from an archive. */
export function chooseSource({ ref, install_sources }: PackIndexEntry): InstallSource {
  const source = install_sources.find(({ type }) => type === 'git') ?? install_sources[0]
  if (source !== undefined) return source
  const message = `the index does not say where '${ref}' is installed from`
  throw new Problem('BAD_REQUEST', `source: ${message}`, [{ field: 'source', message }])
}
