import { Type } from 'typebox'
import { id, timestamp } from '../../../database/row.ts'
import { listOf, pageOf, paged, pageQuery } from '../../../http/page.ts'
import { createdQuery, refPattern, rowId, totalQuery } from '../../../http/parameter.ts'
import { Answer, call, item, type Route, read, write } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { emissionOf, EventRequest } from './event-request.ts'
import { Event } from './event.ts'
import { acceptAll, type EventIntake } from './intake.ts'
import * as events from './list.ts'

type EventDeps = {
  intake: EventIntake
  cipher: Cipher
  /** Bytes of a payload or config at most. */
  inline_limit_bytes: number
}

/** Events of a batch at most. */
const MAX_BATCH = 1000

const tag = 'events'

export function eventRoutes(deps: EventDeps): Route[] {
  return [listRoute, getRoute, createRoute(deps), createManyRoute(deps)]
}

const listRoute = read({
  method: 'GET',
  path: '/api/v1/events',
  summary: 'Events, newest first',
  tag,
  access: ['events', 'read'],
  scoped: true,
  tokens: ['access', 'execution'],
  query: Type.Object({
    trigger: Type.Optional(rowId('trigger')),
    trigger_ref: Type.Optional(refPattern),
    rule_ref: Type.Optional(refPattern),
    source: Type.Optional(rowId('sensor')),
    ...createdQuery,
    ...totalQuery,
    ...pageQuery,
  }),
  success: { 200: listOf(events.EventSummary) },
  async handle({ db, query, caller }) {
    const page = pageOf(query)
    const { rows, total } = await events.list(db, { ...query, caller }, page)
    return paged(rows, total, page)
  },
})

const getRoute = read({
  method: 'GET',
  path: '/api/v1/events/{id}',
  summary: 'An event, and what was decided about it',
  tag,
  access: ['events', 'read'],
  scoped: true,
  tokens: ['access', 'execution'],
  params: Type.Object({ id: rowId('event') }),
  success: { 200: item(events.EventDetail) },
  refusals: [404],
  async handle({ db, params, caller }) {
    const event = await events.findDetail(db, params.id, caller)
    if (event === undefined) throw new Problem('NOT_FOUND', `There is no event ${params.id}.`)
    return { data: event }
  },
})

const emitting = {
  method: 'POST',
  tag,
  access: ['events', 'create'],
  tokens: ['access', 'sensor', 'execution'],
  own: true,
  scoped: true,
} as const

function createRoute({ intake, inline_limit_bytes }: EventDeps): Route {
  return call({
    ...emitting,
    path: '/api/v1/events',
    summary: 'Emit an event',
    description:
      'Sensors emit the triggers of their token, executions those of their pack, people with events:create what that allows. 200: the dedupe key was there before.',
    body: EventRequest,
    documents: ['payload', 'config'],
    max_body_bytes: Infinity,
    success: { 201: item(Event), 200: item(Event) },
    refusals: [404, 409, 413],
    async handle({ body, caller, request_id }) {
      const emission = emissionOf(body, { caller, request_id, inline_limit_bytes })
      if (emission instanceof Problem) throw emission
      const { event, created } = await intake.accept(emission)
      return new Answer(created ? 201 : 200, { data: event })
    },
  })
}

const Emitted = Type.Object({
  id: id('event'),
  trigger_ref: Type.String(),
  created: timestamp,
  repeated: Type.Boolean({ description: 'The dedupe key was there before; this is the first event.' }),
})

function createManyRoute({ cipher, inline_limit_bytes }: EventDeps): Route {
  return write({
    ...emitting,
    path: '/api/v1/events/batch',
    summary: 'Emit up to 1000 events, all or none',
    body: Type.Object(
      { events: Type.Array(EventRequest, { minItems: 1, maxItems: MAX_BATCH }) },
      { additionalProperties: false },
    ),
    documents: ['events.*.payload', 'events.*.config'],
    max_body_bytes: Infinity,
    success: { 201: Type.Object({ data: Type.Array(Emitted) }) },
    refusals: [413],
    async handle({ tx, body, caller, request_id }) {
      const context = { caller, request_id, inline_limit_bytes }
      const stored = await acceptAll(
        tx,
        body.events.map((event) => emissionOf(event, context)),
        cipher,
      )
      return {
        data: stored.map(({ event, created }) => ({
          id: event.id,
          trigger_ref: event.trigger_ref,
          created: event.created,
          repeated: !created,
        })),
      }
    },
  })
}
