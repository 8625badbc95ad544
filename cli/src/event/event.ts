import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { integer, json, maybeText, row, text } from '../row.ts'

export type AttuneEvent = {
  id: number
  trigger_ref: string
  source_ref: string | undefined
  rule_ref: string | undefined
  created: string
  payload: Json
  /** What was decided about each rule; only where one event is asked for, and once it has been considered. */
  decisions: Json
}

export const events: View<AttuneEvent> = {
  read(value) {
    const event = row<Schemas['EventDetail']>(value)
    return {
      id: integer(event, 'id'),
      trigger_ref: text(event, 'trigger_ref'),
      source_ref: maybeText(event, 'source_ref'),
      rule_ref: maybeText(event, 'rule_ref'),
      created: text(event, 'created'),
      payload: json(event, 'payload'),
      decisions: json(event, 'decisions'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Trigger', ({ trigger_ref }) => trigger_ref],
    ['Source', ({ source_ref }) => source_ref ?? ''],
    ['Rule', ({ rule_ref }) => rule_ref ?? ''],
    ['Created', ({ created }) => when(created)],
  ],
  details: (event) => [
    ['Event ID', String(event.id)],
    ['Trigger', event.trigger_ref],
    ['Source', event.source_ref ?? ''],
    ['Rule', event.rule_ref ?? ''],
    ['Created', when(event.created)],
  ],
  sections: ({ payload, decisions }) => [
    { title: 'Payload', value: payload },
    ...(decisions === null ? [] : [{ title: 'Rules considered', value: decisions }]),
  ],
}
