import { Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import type { FieldProblem } from '../../../problem.ts'
import { type PresetName, presetNames, presetOf } from './presets.ts'
import { algorithms, type SignatureAlgorithm, type SignatureScheme } from './signature.ts'
import type { SigningSettings } from './signing-fields.ts'

/* How the calls of a webhook are signed, as it is configured. */

export const presetField = {
  preset: Type.Optional({
    ...oneOf(presetNames),
    description: 'How a known sender signs; what else is given goes before.',
  }),
} as const

type StoredSigning = Omit<SigningSettings, 'algorithm'> & {
  preset?: PresetName
  /** Written by hand it may be anything. */
  algorithm?: string
}

const DEFAULT_TOLERANCE = 300

/** The settings with those of the preset below them. */
export function settingsOf({ preset, ...own }: StoredSigning): Omit<StoredSigning, 'preset'> {
  return { ...presetOf(preset)?.signing, ...own }
}

/** The scheme that is configured, or what is wrong with it. `secret` is looked at where it is known. */
export function readScheme(
  stored: StoredSigning,
  secret: string | undefined,
): { scheme: SignatureScheme } | { problems: FieldProblem[] } {
  const settings = settingsOf(stored)
  const { scheme = 'hmac', header, prefix, algorithm: named } = settings
  const algorithm = algorithms.find((one) => one === named?.toLowerCase())
  if (named !== undefined && algorithm === undefined)
    return wrong('algorithm', `must be one of ${algorithms.join(', ')}`)
  if (scheme === 'token')
    return header === undefined
      ? wrong('header', 'is required: it names where the token stands')
      : { scheme: { kind: 'token', header: header.toLowerCase(), prefix: prefix ?? '' } }
  if (algorithm === undefined) return wrong('algorithm', 'is required while this is enabled')
  const problems = [...contentProblems(settings), ...secretProblems(settings, secret)]
  return problems.length > 0 ? { problems } : { scheme: hmacScheme(settings, algorithm) }
}

function hmacScheme(settings: StoredSigning, algorithm: SignatureAlgorithm): SignatureScheme {
  const { header, prefix, separator, id_header, encoding = 'hex', signed_content = '{body}' } = settings
  const { secret_encoding = 'text', tolerance_seconds = DEFAULT_TOLERANCE } = settings
  return {
    kind: 'hmac',
    algorithm,
    header: header?.toLowerCase(),
    id_header: id_header?.toLowerCase(),
    timestamp: timestampPlace(settings),
    encoding,
    prefix,
    separator,
    signed_content,
    tolerance_seconds,
    secret_encoding,
  }
}

function timestampPlace({ timestamp_header: header, timestamp_prefix: prefix }: StoredSigning) {
  if (header !== undefined) return { header: header.toLowerCase() }
  return prefix === undefined ? undefined : { prefix }
}

/** What is signed must have the body in it, and each part of it must be sent. */
function contentProblems(settings: StoredSigning): FieldProblem[] {
  const { signed_content = '{body}', id_header } = settings
  return [
    ...(signed_content.split('{body}').length === 2
      ? []
      : problem('signed_content', 'must have {body} in it, once')),
    ...(signed_content.includes('{id}') && id_header === undefined
      ? problem('id_header', 'is required: signed_content has {id} in it')
      : []),
    ...timeProblems(settings, signed_content.includes('{timestamp}')),
  ]
}

/** A time that is not signed proves nothing. */
function timeProblems(settings: StoredSigning, isSigned: boolean): FieldProblem[] {
  const { timestamp_header, timestamp_prefix, tolerance_seconds } = settings
  if (timestamp_header !== undefined && timestamp_prefix !== undefined)
    return problem('timestamp_prefix', 'cannot be there beside timestamp_header')
  const hasTime = timestamp_header !== undefined || timestamp_prefix !== undefined
  if (isSigned && !hasTime)
    return problem(
      'timestamp_header',
      'or timestamp_prefix is required: signed_content has {timestamp} in it',
    )
  if (hasTime && !isSigned)
    return problem('signed_content', 'must have {timestamp} in it: a time that is not signed proves nothing')
  return tolerance_seconds !== undefined && !hasTime
    ? problem('tolerance_seconds', 'needs a timestamp_header or timestamp_prefix')
    : []
}

function secretProblems({ secret_encoding }: StoredSigning, secret: string | undefined): FieldProblem[] {
  if (secret === undefined || secret_encoding !== 'base64') return []
  return /^(whsec_)?[A-Za-z0-9+/]{4,}={0,2}$/.test(secret) ? [] : problem('secret', 'is not base64')
}

const problem = (field: string, message: string): FieldProblem[] => [{ field: `hmac.${field}`, message }]
const wrong = (field: string, message: string) => ({ problems: problem(field, message) })
