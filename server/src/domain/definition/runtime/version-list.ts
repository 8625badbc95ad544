import { type Static, Type } from 'typebox'
import { anyObject } from '../../../database/row.ts'
import type { Json, JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { closed, given } from '../../schema/body-fields.ts'

const Version = Type.Object(
  {
    version: Type.String({ minLength: 1, maxLength: 100, description: 'Such as 3.12.' }),
    is_default: given(Type.Boolean({ description: 'Used by actions that do not ask for a version.' })),
    distributions: given(anyObject),
    execution_config: given(anyObject),
    meta: given(anyObject),
  },
  closed,
)
/** A version as bodies and files list it. */
export type ListedVersion = Static<typeof Version>

const list = given(
  Type.Array(Version, {
    maxItems: 200,
    description: 'All there are; those that exist stay when it is missing.',
  }),
)

/** The versions in the bodies of a runtime; rows of their own keep them. */
export const versions = {
  create: list,
  update: list,
  check: { code: 'VALIDATION_ERROR' as const, problems: (value: Json) => checkVersions(listed(value)) },
}

function listed(value: Json): ListedVersion[] {
  return Array.isArray(value) ? value.filter(isListed) : []
}

function isListed(value: Json): value is ListedVersion {
  return typeof value === 'object' && value !== null && 'version' in value
}

const numbers = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+.].*)?$/

export const isVersion = (text: string) => numbers.test(text)

function checkVersions(list: readonly ListedVersion[]): FieldProblem[] {
  const each = list.flatMap(({ version }, index) => {
    const field = `versions.${index}.version`
    if (!isVersion(version)) return [{ field, message: 'must be a version such as 3.12' }]
    const first = list.findIndex((other) => other.version === version)
    return first < index ? [{ field, message: 'is listed twice' }] : []
  })
  const several = list.filter(({ is_default }) => is_default === true).length > 1
  return several ? [...each, { field: 'versions', message: 'has several defaults; leave one' }] : each
}

/** A version with all that its row keeps. */
export function versionContent(given: {
  version: string
  is_default?: boolean | null
  distributions?: JsonObject | null
  execution_config?: JsonObject | null
  meta?: JsonObject | null
}) {
  const [, major, minor, patch] = numbers.exec(given.version) ?? []
  return {
    version: given.version,
    version_major: Number(major),
    version_minor: minor === undefined ? null : Number(minor),
    version_patch: patch === undefined ? null : Number(patch),
    is_default: given.is_default ?? false,
    distributions: given.distributions ?? {},
    execution_config: given.execution_config ?? {},
    meta: given.meta ?? {},
  }
}
export type VersionContent = ReturnType<typeof versionContent>
