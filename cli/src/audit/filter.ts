import { type Command, Option } from 'commander'
import type { QueryOf } from '@attune/client/dist/requests.js'
import { positiveInteger } from '../input.ts'
import { categories, outcomes } from './audit-event.ts'

type Query = QueryOf<'get', '/api/v1/audit-events'>

export type Filter = {
  category?: NonNullable<Query['category']>
  eventType?: string
  outcome?: NonNullable<Query['outcome']>
  actorIdentity?: number
  actorLogin?: string
  resourceType?: string
  resourceId?: number
  resourceRef?: string
  requestId?: string
  httpStatus?: number
  httpMethod?: string
  httpPath?: string
  after?: string
  before?: string
}

/** Adds the filters of the audit log. All that are given must match. */
export function filtered(command: Command): Command {
  return command
    .addOption(new Option('--category <category>', 'only rows of this category').choices(categories))
    .option('--event-type <type>', 'only this event, like admin.identity.created')
    .addOption(new Option('--outcome <outcome>', 'only rows that ended so').choices(outcomes))
    .option('--actor-login <text>', 'only actors with this in their login')
    .option('--actor-identity <id>', 'only this actor', positiveInteger('an identity id'))
    .option('--resource-type <type>', 'only resources of this kind, like permission_set')
    .option('--resource-id <id>', 'only the resource with this id', positiveInteger('an id'))
    .option('--resource-ref <ref>', 'only the resource with this ref')
    .option('--request-id <uuid>', 'only what this request did')
    .option('--http-status <status>', 'only requests answered so', positiveInteger('a status', 599))
    .option('--http-method <method>', 'only requests with this method')
    .option('--http-path <text>', 'only requests with this in their path')
    .option('--after <time>', 'only from this moment on, like 2031-05-06T07:00:00Z')
    .option('--before <time>', 'only before this moment')
}

export function queryOf({ after, before, ...filter }: Filter): Query {
  return {
    category: filter.category,
    event_type: filter.eventType,
    outcome: filter.outcome,
    actor_identity: filter.actorIdentity,
    actor_login: filter.actorLogin,
    resource_type: filter.resourceType,
    resource_id: filter.resourceId,
    resource_ref: filter.resourceRef,
    request_id: filter.requestId,
    http_status: filter.httpStatus,
    http_method: filter.httpMethod,
    http_path: filter.httpPath,
    created_after: after,
    created_before: before,
  }
}
