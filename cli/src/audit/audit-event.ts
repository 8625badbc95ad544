import type { Schemas } from '@attune/client/dist/requests.js'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { SummaryOrDetail, View } from '../output/view.ts'

export const categories = ['api', 'auth', 'rbac', 'secret', 'admin', 'execution', 'pack'] as const

type AuditEvent = SummaryOrDetail<Schemas['AuditEventSummary'], Schemas['AuditEvent']>

const colours: Readonly<Record<AuditEvent['outcome'], Colour>> = {
  success: 'green',
  failure: 'yellow',
  denied: 'red',
}

export const outcomes = Object.keys(colours)

export const auditEvents: View<AuditEvent> = {
  key: 'id',
  columns: [
    ['ID', 'id'],
    ['When', ({ created }) => when(created)],
    ['Category', 'category', 'details'],
    ['Event', 'event_type'],
    ['Outcome', ({ outcome }) => ({ text: outcome, colour: colours[outcome] })],
    ['Actor', actorOf, 'list'],
    ['Actor', ({ actor_login }) => actor_login ?? undefined, 'details'],
    ['Identity', ({ actor_identity }) => actor_identity ?? undefined, 'details'],
    ['Token', ({ actor_token_type }) => actor_token_type ?? undefined, 'details'],
    ['Address', ({ actor_ip }) => actor_ip ?? undefined, 'details'],
    ['User agent', ({ actor_user_agent }) => actor_user_agent ?? undefined, 'details'],
    ['Request', ({ request_id }) => request_id ?? undefined, 'details'],
    ['Resource', resourceOf],
    ['HTTP', httpOf],
    ['Took', tookOf, 'details'],
  ],
  sections: ({ details }) => [{ title: 'Details', value: details ?? undefined }],
}

/** `identity 7 ada`, as far as it is known. */
function resourceOf({ resource_type, resource_id, resource_ref }: AuditEvent): string | undefined {
  return joined([resource_type, resource_id, resource_ref])
}

/** Who it was; strangers have an address and no more. */
function actorOf({ actor_login, actor_ip, requests }: AuditEvent): string | undefined {
  return actor_login ?? (isAbsent(requests) ? undefined : (actor_ip ?? 'many addresses'))
}

/** `DELETE /api/v1/rules/demo.one 403`, or how many requests of strangers the row counts. */
function httpOf({ http_method, http_path, http_status, requests }: AuditEvent): string | undefined {
  if (!isAbsent(requests)) return requests === 1 ? '1 request' : `${requests} requests`
  return joined([http_method, http_path, http_status])
}

function tookOf({ duration_ms }: AuditEvent): string | undefined {
  return isAbsent(duration_ms) ? undefined : `${duration_ms} ms`
}

function joined(parts: readonly (string | number | null | undefined)[]): string | undefined {
  const known = parts.filter((part) => !isAbsent(part))
  return known.length === 0 ? undefined : known.join(' ')
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}
