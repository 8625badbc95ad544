import { isFault, isRefusedName, reach } from '../../../expressions/access.ts'
import { type Frame, spend } from '../../../expressions/frame.ts'
import { memberTaint, type Taint } from '../../../expressions/taint.ts'
import type { Json } from '../../../json.ts'

/** One step from the payload to a field: a key, the place in an array, or every element of one. */
export type FieldStep = { readonly kind: 'key'; readonly key: string | number } | { readonly kind: 'each' }

/** A value that a field leads to; `value` is undefined where there is none. */
export type FieldValue = { readonly value: Json | undefined; readonly taint: Taint; readonly place: string }

const segment = /\.?(?:\[(\*)\]|\[(-?\d{1,9})\]|\[?("[^"]*"|'[^']*')\]?|(\*)(?=[.[]|$)|([^.[\]"']+))/y

/**
 * The steps of a field: names with dots between, a name with dots in quotes (`labels."app.kubernetes.io/name"` or
 * `labels["app.kubernetes.io/name"]`), the place in an array (`tags.0`, `tags[-1]`), and `*` for any element of one
 * (`alerts.*.status`, `alerts[*].status`). A field that is not written so is names with dots between and nothing else.
 */
export function parseField(field: string): FieldStep[] | undefined {
  const steps = /["'[*]/.test(field) ? parseSegments(field) : undefined
  if (steps !== undefined) return steps
  const names = field.split('.')
  return names.includes('') ? undefined : names.map((key) => ({ kind: 'key', key }))
}

function parseSegments(field: string): FieldStep[] | undefined {
  const steps: FieldStep[] = []
  segment.lastIndex = 0
  while (segment.lastIndex < field.length) {
    const start = segment.lastIndex
    const match = segment.exec(field)
    if (match === null || !isJoined(field, start, match[0])) return undefined
    const [, each, index, quoted, star, name] = match
    if (each !== undefined || star !== undefined) steps.push({ kind: 'each' })
    else if (index !== undefined) steps.push({ kind: 'key', key: Number(index) })
    else steps.push({ kind: 'key', key: quoted?.slice(1, -1) ?? name ?? '' })
  }
  return steps
}

/** The first stands alone; after it comes a dot or a bracket. Brackets come in pairs. */
function isJoined(field: string, start: number, text: string): boolean {
  const joined = start === 0 ? !text.startsWith('.') : text.startsWith('.') || text.startsWith('[')
  const quoted = text.replace(/^\./, '')
  return joined && quoted.startsWith('[') === quoted.endsWith(']') && field.length > start
}

export function refusedStep(steps: readonly FieldStep[]): string | undefined {
  for (const step of steps) {
    if (step.kind === 'key' && typeof step.key === 'string' && isRefusedName(step.key)) return step.key
  }
  return undefined
}

/** Whether a field may lead to more than one value. */
export function leadsToMany(steps: readonly FieldStep[]): boolean {
  return steps.some(({ kind }) => kind === 'each')
}

/** The values that a field leads to: one, which may be missing, or one for each element. */
export function valuesOf(
  frame: Frame,
  start: { value: Json; taint: Taint },
  steps: readonly FieldStep[],
): FieldValue[] {
  spend(frame, steps.length)
  let found: FieldValue[] = [{ ...start, place: '' }]
  for (const step of steps) found = found.flatMap((each) => follow(frame, each, step))
  return found
}

function follow(frame: Frame, from: FieldValue, step: FieldStep): FieldValue[] {
  const { value, taint, place } = from
  if (value === undefined) return [from]
  if (step.kind === 'key') return [member(frame, from, step.key)]
  // An object may have a member of that name.
  if (!Array.isArray(value)) return [member(frame, from, '*')]
  spend(frame, value.length)
  return value.map((item, i) => ({
    value: item,
    taint: memberTaint(value, taint, i),
    place: `${place}[${i}]`,
  }))
}

function member(frame: Frame, { value = null, taint, place }: FieldValue, key: string | number): FieldValue {
  const found = reach(frame, value, { key, dotted: typeof key === 'string' })
  const name = typeof key === 'number' ? `[${key}]` : `${place === '' ? '' : '.'}${key}`
  const at = `${place}${name}`
  const inherited = typeof taint === 'boolean' ? taint : memberTaint(value, taint, key)
  return { value: isFault(found) ? undefined : found, taint: inherited, place: at }
}
