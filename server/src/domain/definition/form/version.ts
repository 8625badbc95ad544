import { compare, parse, SemVer } from 'semver'
import type { Json } from '../../../json.ts'

/**
 * The version dialect of runtimes. Versions are padded to three numbers. In a constraint a bare version or `~`
 * leaves open what is not written below the minor number, and a bare or tilde major leaves open the minor too:
 *
 *   3 ~3 3.x 3.*     any 3          =3.12   3.12.0 only      ^3.12   3.12 and later, below 4
 *   3.12 ~3.12       any 3.12       >3.12   above 3.12.0     ^0.2    0.2 and later, below 0.3
 *   (blank) *        any release    >=3.12,<4.0   both
 *
 * A pre-release fits only if the constraint names a pre-release of the same three numbers.
 */
export type Constraint = { readonly text: string; readonly parts: readonly Part[] }

type Bound = { version: SemVer; inclusive: boolean }
type Part = { least?: Bound; most?: Bound; preReleaseOf?: SemVer }

/** Any release, whatever its number. */
export const anyRelease: Constraint = { text: '*', parts: [] }

const maxLength = 256
const number = String.raw`(\d{1,15})`
const numbers = String.raw`${number}(?:\.${number})?(?:\.${number})?(?:\.\d+)*`
const suffix = String.raw`(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?`
const versionForm = new RegExp(`^[vV]?${numbers}${suffix}$`)
const partForm = new RegExp(`^(=|>=|>|<=|<|~|\\^)? *${numbers}${suffix}$`)
const wildcardForm = new RegExp(String.raw`^(?:${number}(?:\.${number})?\.)?[xX*](?:\.[xX*]){0,2}$`)

/** Reads a constraint; `undefined` if it is not in the dialect. */
export function parseConstraint(text: string): Constraint | undefined {
  const trimmed = text.trim()
  if (trimmed.length > maxLength) return undefined
  if (trimmed === '' || trimmed === '*') return anyRelease
  const parts = trimmed.split(',').map((part) => parsePart(part.trim()))
  const valid = parts.filter((part) => part !== undefined)
  return valid.length === parts.length ? { text: trimmed, parts: valid } : undefined
}

/** Says why a constraint cannot be saved, or nothing. */
export function checkConstraint(text: Json): string | undefined {
  return typeof text !== 'string' || parseConstraint(text) === undefined
    ? 'must be a version constraint such as "3.12", ">=3.11,<4.0" or "*"'
    : undefined
}

/** Tells whether a version satisfies a constraint. A version that cannot be read satisfies none. */
export function satisfies(version: string, constraint: Constraint): boolean {
  const parsed = parseVersion(version)
  return parsed !== undefined && fits(parsed, constraint)
}

/** The highest version that satisfies the constraint (any release without one), as it was written. */
export function bestVersion(
  versions: readonly string[],
  constraint: Constraint = anyRelease,
): string | undefined {
  let best: { text: string; parsed: SemVer } | undefined
  for (const text of versions) {
    const parsed = parseVersion(text)
    if (parsed === undefined || !fits(parsed, constraint)) continue
    if (best === undefined || compare(parsed, best.parsed) > 0) best = { text, parsed }
  }
  return best?.text
}

function fits(version: SemVer, { parts }: Constraint): boolean {
  const allowed = version.prerelease.length === 0 || parts.some((part) => namesPreReleaseOf(part, version))
  return allowed && parts.every((part) => isWithin(version, part))
}

function namesPreReleaseOf({ preReleaseOf }: Part, version: SemVer): boolean {
  return preReleaseOf !== undefined && preReleaseOf.compareMain(version) === 0
}

function isWithin(version: SemVer, { least, most }: Part): boolean {
  const above = least === undefined ? 1 : compare(version, least.version)
  const below = most === undefined ? -1 : compare(version, most.version)
  return (
    (above > 0 || (above === 0 && least?.inclusive === true)) &&
    (below < 0 || (below === 0 && most?.inclusive === true))
  )
}

function parseVersion(text: string): SemVer | undefined {
  const match = text.length > maxLength ? null : versionForm.exec(text.trim())
  if (match === null) return undefined
  const [, major, minor, patch, preRelease] = match
  return toVersion([major, minor, patch], preRelease)
}

function parsePart(text: string): Part | undefined {
  const match = partForm.exec(text)
  if (match === null) return parseWildcard(text)
  const [, operator, major, minor, patch, preRelease] = match
  if (preRelease === undefined) return rangeOf(operator, [major, minor, patch])
  const preReleaseOf = patch === undefined ? undefined : toVersion([major, minor, patch], preRelease)
  return preReleaseOf && { ...rangeOf(operator, [major, minor, patch], preRelease), preReleaseOf }
}

/** A wildcard stands for itself: what `>=3.x` should mean is anybody's guess. */
function parseWildcard(text: string): Part | undefined {
  const match = wildcardForm.exec(text)
  if (match === null) return undefined
  const [, major, minor] = match
  return major === undefined ? {} : rangeOf('~', [major, minor])
}

type Written = readonly (string | undefined)[]

function rangeOf(operator: string | undefined, written: Written, preRelease?: string): Part | undefined {
  const version = toVersion(written, preRelease)
  const count = written.filter((one) => one !== undefined).length
  return version && ranges.get(operator ?? '~')?.(version, count)
}

/** What an operator allows; of the version's numbers the first `written` were given, the others are padding. */
type Range = (version: SemVer, written: number) => Part

const ranges: ReadonlyMap<string, Range> = new Map<string, Range>([
  ['=', (version) => ({ least: including(version), most: including(version) })],
  ['>', (version) => ({ least: excluding(version) })],
  ['>=', (version) => ({ least: including(version) })],
  ['<', (version) => ({ most: excluding(version) })],
  ['<=', (version) => ({ most: including(version) })],
  ['^', (version, written) => ({ least: including(version), most: before(compatibleEnd(version, written)) })],
  ['~', (version, written) => ({ least: including(version), most: before(closeEnd(version, written)) })],
])

function including(version: SemVer): Bound {
  return { version, inclusive: true }
}

function excluding(version: SemVer): Bound {
  return { version, inclusive: false }
}

/** The first version that a bare or tilde constraint excludes. */
function closeEnd({ major, minor }: SemVer, written: number): Numbers {
  return written === 1 ? [major + 1, 0, 0] : [major, minor + 1, 0]
}

/** The first version that a caret excludes: the leftmost number that is not 0, or the last written, may not change. */
function compatibleEnd({ major, minor, patch }: SemVer, written: number): Numbers {
  if (major > 0 || written === 1) return [major + 1, 0, 0]
  return minor > 0 || written === 2 ? [0, minor + 1, 0] : [0, 0, patch + 1]
}

function before(numbers: Numbers): Bound {
  return excluding(new SemVer(numbers.join('.')))
}

type Numbers = readonly [major: number, minor: number, patch: number]

/** Pads to three numbers; `undefined` if the pre-release is not in the form of semantic versioning. */
function toVersion(
  [major = '0', minor = '0', patch = '0']: Written,
  preRelease?: string,
): SemVer | undefined {
  const text = [major, minor, patch].map(Number).join('.')
  return parse(preRelease === undefined ? text : `${text}-${preRelease}`) ?? undefined
}
