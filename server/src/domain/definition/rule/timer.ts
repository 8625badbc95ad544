import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { memberPath } from '../../schema/structure.ts'
import { isTemplated } from '../../schema/template.ts'

/** Triggers that fire by the clock. Their parameters are read before there is any event to fill a template from. */
const timers: ReadonlySet<string> = new Set([
  'core.intervaltimer',
  'core.crontimer',
  'core.datetimetimer',
  'core.rruletimer',
])
const INTERVAL = 'core.intervaltimer'
const units = ['seconds', 'minutes', 'hours', 'days']

/** Why a clock could not be set by these parameters. Nothing for triggers that are no timers. */
export function checkTimer(trigger_ref: string, params: JsonObject): FieldProblem[] {
  if (!timers.has(trigger_ref)) return []
  const templates = templatesIn(params, 'trigger_params')
  return trigger_ref === INTERVAL && templates.length === 0 ? checkInterval(params) : templates
}

function checkInterval({ unit, interval }: JsonObject): FieldProblem[] {
  const counts =
    interval === undefined || interval === null || (Number.isInteger(interval) && Number(interval) >= 1)
  const known = unit === undefined || unit === null || (typeof unit === 'string' && units.includes(unit))
  return [
    ...(counts ? [] : [{ field: 'trigger_params.interval', message: 'must be a whole number, 1 or more' }]),
    ...(known ? [] : [{ field: 'trigger_params.unit', message: `must be one of ${units.join(', ')}` }]),
  ]
}

function templatesIn(value: Json, field: string): FieldProblem[] {
  if (isTemplated(value))
    return [{ field, message: 'is read by the timer as it stands; write the value itself' }]
  if (Array.isArray(value)) return value.flatMap((item, index) => templatesIn(item, memberPath(field, index)))
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, child]) => templatesIn(child, memberPath(field, name)))
}
