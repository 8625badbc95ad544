import type { Frame } from '../../../expressions/frame.ts'
import { memberTaint, taintAt } from '../../../expressions/taint.ts'
import type { Json } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { type FieldStep, type FieldValue, parseField, refusedStep, valuesOf } from './field-path.ts'
import type { VisibleEvent } from './visible-event.ts'

/** Where the field of a clause is looked for: `of` is the payload unless it says otherwise. */
const parts = ['payload', 'headers', 'query', 'event'] as const
type EventPart = (typeof parts)[number]

/** A field of an event: the part that it is in, the steps from there, and how a person writes it. */
export type EventField = { part: EventPart; steps: readonly FieldStep[]; shown: string }

/** The field that a clause names, or what is wrong with it. `place` is the path of the clause in the rule. */
export function eventField(of: Json, named: Json | undefined, place: string): EventField | FieldProblem[] {
  const part = parts.find((one) => one === of)
  if (part === undefined) {
    const message = `Name one of ${parts.join(', ')}, or leave it out for the payload.`
    return [{ field: `${place}.of`, message }]
  }
  const steps = typeof named === 'string' ? stepsIn(part, named) : undefined
  if (typeof named !== 'string' || steps === undefined) {
    const message =
      'Name a field of the payload, with dots between names; put a name with dots in quotes, as in labels."a.b".'
    return [{ field: `${place}.field`, message }]
  }
  const refused = refusedStep(steps)
  if (refused !== undefined)
    return [
      { field: `${place}.field`, message: `The name '${refused}' cannot be read; rename it in the data.` },
    ]
  return { part, steps, shown: part === 'payload' ? named : `${part}.${named}` }
}

/** Names of headers and parameters have dots and dashes of their own. */
function stepsIn(part: EventPart, named: string): FieldStep[] | undefined {
  switch (part) {
    case 'payload':
    case 'event':
      return parseField(named)
    case 'headers':
      return named === '' ? undefined : [{ kind: 'key', key: named.toLowerCase() }]
    case 'query':
      return named === '' ? undefined : [{ kind: 'key', key: named }]
  }
}

/** The way from the event down to the field. */
export function pathOf({ part, steps }: Pick<EventField, 'part' | 'steps'>): readonly FieldStep[] {
  return part === 'event' ? steps : [{ kind: 'key', key: part }, ...steps]
}

/** What the field leads to in an event. `secrets` are JSON pointers below the event. */
export function fieldValues(
  frame: Frame,
  event: VisibleEvent,
  { part, steps }: Pick<EventField, 'part' | 'steps'>,
  secrets: readonly string[] | undefined,
): FieldValue[] {
  const taint = secrets === undefined ? null : taintAt(secrets)
  if (part === 'event') return valuesOf(frame, { value: event, taint }, steps)
  const inPart = taint === null ? null : memberTaint({}, taint, part)
  return valuesOf(frame, { value: event[part] ?? null, taint: inPart }, steps)
}
