import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import type { Colour } from '../output/paint.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { integer, json, maybeInteger, maybeText, row, text } from '../row.ts'

export const categories = ['api', 'auth', 'rbac', 'secret', 'admin', 'execution', 'pack'] as const

const colours: Readonly<Record<string, Colour>> = { success: 'green', failure: 'yellow', denied: 'red' }

export const outcomes = Object.keys(colours)

export type AuditEvent = {
  id: number
  created: string
  category: string
  event_type: string
  outcome: string
  actor_identity: number | undefined
  actor_login: string | undefined
  actor_token_type: string | undefined
  actor_ip: string | undefined
  actor_user_agent: string | undefined
  request_id: string | undefined
  resource_type: string | undefined
  resource_id: number | undefined
  resource_ref: string | undefined
  http_method: string | undefined
  http_path: string | undefined
  http_status: number | undefined
  duration_ms: number | undefined
  /** How many requests of strangers it counts. */
  requests: number | undefined
  details: Json
}

export const auditEvents: View<AuditEvent> = {
  read(value) {
    const event = row<Schemas['AuditEvent']>(value)
    return {
      id: integer(event, 'id'),
      created: text(event, 'created'),
      category: text(event, 'category'),
      event_type: text(event, 'event_type'),
      outcome: text(event, 'outcome'),
      actor_identity: maybeInteger(event, 'actor_identity'),
      actor_login: maybeText(event, 'actor_login'),
      actor_token_type: maybeText(event, 'actor_token_type'),
      actor_ip: maybeText(event, 'actor_ip'),
      actor_user_agent: maybeText(event, 'actor_user_agent'),
      request_id: maybeText(event, 'request_id'),
      resource_type: maybeText(event, 'resource_type'),
      resource_id: maybeInteger(event, 'resource_id'),
      resource_ref: maybeText(event, 'resource_ref'),
      http_method: maybeText(event, 'http_method'),
      http_path: maybeText(event, 'http_path'),
      http_status: maybeInteger(event, 'http_status'),
      duration_ms: maybeInteger(event, 'duration_ms'),
      requests: maybeInteger(event, 'requests'),
      details: json(event, 'details'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['When', ({ created }) => when(created)],
    ['Event', ({ event_type }) => event_type],
    ['Outcome', ({ outcome }) => outcomeCell(outcome)],
    ['Actor', actorOf],
    ['Resource', resourceOf],
    ['HTTP', httpOf],
  ],
  details,
  sections: ({ details }) => (details === null ? [] : [{ title: 'Details', value: details }]),
}

function details(event: AuditEvent): [string, Cell][] {
  const rows: [string, Cell | undefined][] = [
    ['ID', String(event.id)],
    ['When', when(event.created)],
    ['Category', event.category],
    ['Event', event.event_type],
    ['Outcome', outcomeCell(event.outcome)],
    ['Actor', event.actor_login],
    ['Identity', event.actor_identity?.toString()],
    ['Token', event.actor_token_type],
    ['Address', event.actor_ip],
    ['User agent', event.actor_user_agent],
    ['Request', event.request_id],
    ['Resource', resourceOf(event)],
    ['HTTP', httpOf(event)],
    ['Took', event.duration_ms === undefined ? undefined : `${event.duration_ms} ms`],
  ]
  return rows.flatMap(([title, cell]): [string, Cell][] =>
    cell === undefined || cell === '' ? [] : [[title, cell]],
  )
}

/** `identity 7 ada`, as far as it is known. */
function resourceOf({ resource_type, resource_id, resource_ref }: AuditEvent): string {
  return [resource_type, resource_id, resource_ref].filter((part) => part !== undefined).join(' ')
}

/** Who it was; strangers have an address and no more. */
function actorOf({ actor_login, actor_ip, requests }: AuditEvent): string {
  return actor_login ?? (requests === undefined ? '' : (actor_ip ?? 'many addresses'))
}

/** `DELETE /api/v1/rules/demo.one 403`, or how many requests the row counts. */
function httpOf({ http_method, http_path, http_status, requests }: AuditEvent): string {
  if (requests !== undefined) return requests === 1 ? '1 request' : `${requests} requests`
  return [http_method, http_path, http_status].filter((part) => part !== undefined).join(' ')
}

function outcomeCell(outcome: string): Cell {
  const colour = new Map(Object.entries(colours)).get(outcome)
  return colour === undefined ? outcome : { text: outcome, colour }
}
