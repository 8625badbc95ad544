import type { Schemas } from '@attune/client/dist/requests.js'
import { isJsonObject } from '../json.ts'

/** A decision about a rule in words: `not matched: event.payload.ok == true (left false, right true)`. */
export function decisionText({
  outcome,
  clause = '',
  compared = {},
  reason,
}: Schemas['RuleDecision']): string {
  const parts = [
    clause,
    comparedText(compared),
    reason === undefined ? '' : clause === '' ? reason : `— ${reason}`,
  ].filter((part) => part !== '')
  const name = outcome.replace('_', ' ')
  return parts.length === 0 ? name : `${name}: ${parts.join(' ')}`
}

/** The values that decided, shortly: what the clause says already is left out. */
function comparedText(compared: Record<string, unknown>): string {
  const values = Object.entries(compared).filter(
    ([name]) => !('field' in compared) || name === 'actual' || name === 'value' || name === 'element',
  )
  if ('field' in compared && !('actual' in compared)) return '(the field is not there)'
  return values.length === 0
    ? ''
    : `(${values.map(([name, value]) => `${name} ${valueText(value)}`).join(', ')})`
}

export function valueText(value: unknown): string {
  if (isJsonObject(value) && value.$attune_secret === true) return '<secret>'
  return JSON.stringify(value)
}

/** `3 ms`, `1.2 s`, `4 min 5 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Number(milliseconds.toPrecision(3))} ms`
  if (milliseconds < 60_000) return `${Number((milliseconds / 1000).toPrecision(3))} s`
  const seconds = Math.round(milliseconds / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3600),
    Math.floor((seconds % 3600) / 60),
  ]
  if (days > 0) return `${days} d ${hours} h`
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`
}
