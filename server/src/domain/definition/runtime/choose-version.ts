import { bestVersion, parseConstraint, satisfies } from '../form/version.ts'

/** By what a program runs: the runtime as its row says, one of its versions, or nothing that there is here. */
export type ChosenVersion<V> =
  | { kind: 'base' }
  | { kind: 'version'; version: V }
  | { kind: 'none'; reason: string }

type Asked = {
  /** As the action names it. Blank or null: whatever the runtime is. */
  constraint: string | null
  /** Versions that were found on this machine. */
  offered: readonly string[]
}

/**
 * Chooses the version of a runtime that a program runs by. A version that is described as `3.12` stands for every
 * 3.12 that was found here, and the newest of those that satisfy counts. One that satisfies and is described by no
 * version is the runtime's own.
 */
export function chooseVersion<V extends { version: string }>(
  versions: readonly V[],
  { constraint: text, offered }: Asked,
): ChosenVersion<V> {
  if (text === null || text.trim() === '') return { kind: 'base' }
  const constraint = parseConstraint(text)
  const fitting = constraint === undefined ? [] : offered.filter((version) => satisfies(version, constraint))
  const described = fitting.filter((found) => versions.some(({ version }) => standsFor(version, found)))
  const best = bestVersion(described)
  const version = versions.find((one) => best !== undefined && standsFor(one.version, best))
  if (version !== undefined) return { kind: 'version', version }
  if (fitting.length > 0) return { kind: 'base' }
  const found = offered.length > 0 ? `found here: ${offered.join(', ')}` : 'none was found here'
  return { kind: 'none', reason: `no version satisfies '${text}'; ${found}` }
}

function standsFor(described: string, found: string): boolean {
  if (described === found) return true
  const covered = parseConstraint(described)
  return covered !== undefined && satisfies(found, covered)
}
