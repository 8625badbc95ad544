import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { integer, json, maybeInteger, maybeText, row, text } from '../row.ts'

export type Enforcement = {
  id: number
  rule_ref: string
  trigger_ref: string
  event: number | undefined
  status: string
  created: string
  resolved_at: string | undefined
  /** The rest is not in lists. */
  disabled_reason: string | undefined
  config: Json
  payload: Json
}

const colours: Readonly<Record<string, Colour>> = { created: 'dim', processed: 'green', disabled: 'yellow' }
export const statuses = ['created', 'processed', 'disabled'] as const
export type Status = (typeof statuses)[number]

export const enforcements: View<Enforcement> = {
  read(value) {
    const enforcement = row<Schemas['EnforcementDetail']>(value)
    return {
      id: integer(enforcement, 'id'),
      rule_ref: text(enforcement, 'rule_ref'),
      trigger_ref: text(enforcement, 'trigger_ref'),
      event: maybeInteger(enforcement, 'event'),
      status: text(enforcement, 'status'),
      created: text(enforcement, 'created'),
      resolved_at: maybeText(enforcement, 'resolved_at'),
      disabled_reason: maybeText(enforcement, 'disabled_reason'),
      config: json(enforcement, 'config'),
      payload: json(enforcement, 'payload'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Rule', ({ rule_ref }) => rule_ref],
    ['Trigger', ({ trigger_ref }) => trigger_ref],
    ['Event', ({ event }) => event?.toString() ?? ''],
    ['Status', ({ status }) => ({ text: status, colour: colours[status] ?? 'dim' })],
    ['Created', ({ created }) => when(created)],
  ],
  details: (enforcement) => [
    ['Enforcement ID', String(enforcement.id)],
    ['Rule', enforcement.rule_ref],
    ['Trigger', enforcement.trigger_ref],
    ['Event', enforcement.event?.toString() ?? ''],
    ['Status', { text: enforcement.status, colour: colours[enforcement.status] ?? 'dim' }],
    ['Reason', enforcement.disabled_reason ?? ''],
    ['Created', when(enforcement.created)],
    ['Resolved', enforcement.resolved_at === undefined ? '' : when(enforcement.resolved_at)],
  ],
  sections: ({ config, payload }) => [
    ...(config === null ? [] : [{ title: 'Parameters', value: config }]),
    ...(payload === null ? [] : [{ title: 'Payload', value: payload }]),
  ],
}
