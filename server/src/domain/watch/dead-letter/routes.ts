import { Type } from 'typebox'
import { id as rowIdOf, oneOf } from '../../../database/row.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { createdQuery, rowId } from '../../../http/parameter.ts'
import { item, type Route, read, write } from '../../../http/route.ts'
import { deadLetterReasons } from '../../../messages/dead-letter.ts'
import { DeadLetter, DeadLetterSummary } from './dead-letter.ts'
import { deadLetterStatuses } from './status.ts'
import { list } from './list.ts'
import { get, MOST_AT_ONCE, resolveMatching, resolveOne } from './resolve.ts'

const tag = 'dead letters'
const tokens = ['access', 'execution'] as const
const reading = { method: 'GET', tag, access: ['dead_letters', 'read'], tokens } as const
const managing = { method: 'POST', tag, access: ['dead_letters', 'manage'], tokens } as const

export function deadLetterRoutes(): Route[] {
  return [listRoute, getRoute, replayOneRoute, discardOneRoute, replayRoute, discardRoute]
}

const filter = {
  queue: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Name of the queue that it was put aside from.',
    }),
  ),
  type: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Type of the message.' })),
  reason: Type.Optional(oneOf(deadLetterReasons)),
  correlation_id: Type.Optional(Type.String({ format: 'uuid' })),
  ...createdQuery,
}

const listRoute = read({
  ...reading,
  path: '/api/v1/dead-letters',
  summary: 'Messages that nobody could handle, newest first',
  query: Type.Object({
    ...filter,
    status: Type.Optional(
      Type.Unsafe<(typeof deadLetterStatuses)[number] | 'all'>(
        Type.String({ enum: [...deadLetterStatuses, 'all'], description: 'Default: open.' }),
      ),
    ),
    ...pageQuery,
  }),
  success: { 200: listOf(DeadLetterSummary) },
  handle: ({ db, query }) =>
    answerPage(query, (page) => list(db, { ...query, status: query.status ?? 'open' }, page)),
})

const oneLetter = { params: Type.Object({ id: rowId('dead_letter') }), success: { 200: item(DeadLetter) } }

const getRoute = read({
  ...reading,
  ...oneLetter,
  path: '/api/v1/dead-letters/{id}',
  summary: 'A dead letter with its payload and the error',
  refusals: [404],
  handle: async ({ db, params }) => ({ data: await get(db, params.id) }),
})

const replayOneRoute = write({
  ...managing,
  ...oneLetter,
  path: '/api/v1/dead-letters/{id}/replay',
  summary: 'Bring a dead letter on its way again',
  description:
    'The message is said anew, to the queues that take it. Where its execution has ended, a further attempt is made instead.',
  refusals: [404, 409],
  handle: async ({ tx, params, ...by }) => ({ data: await resolveOne(tx, params.id, 'replayed', by) }),
})

const discardOneRoute = write({
  ...managing,
  ...oneLetter,
  path: '/api/v1/dead-letters/{id}/discard',
  summary: 'Give a dead letter up',
  refusals: [404, 409],
  handle: async ({ tx, params, ...by }) => ({ data: await resolveOne(tx, params.id, 'discarded', by) }),
})

const closed = { additionalProperties: false } as const

const Outcome = Type.Object(
  {
    resolved: Type.Integer(),
    refused: Type.Array(Type.Object({ id: rowIdOf('dead_letter'), error: Type.String() }), {
      description: 'Letters that stay open, each with the reason.',
    }),
    more: Type.Boolean({ description: 'More letters match; call again for them.' }),
  },
  { title: 'DeadLetterOutcome' },
)

const byFilter = {
  ...managing,
  description: `The oldest ${MOST_AT_ONCE} open letters that match, and no more, are resolved by one call.`,
  body: Type.Object(
    { filter: Type.Object(filter, { minProperties: 1, ...closed, description: 'All of it must match.' }) },
    closed,
  ),
  success: { 200: item(Outcome) },
}

const replayRoute = write({
  ...byFilter,
  path: '/api/v1/dead-letters/replay',
  summary: 'Bring the dead letters of a filter on their way again',
  handle: async ({ tx, body, ...by }) => ({ data: await resolveMatching(tx, body.filter, 'replayed', by) }),
})

const discardRoute = write({
  ...byFilter,
  path: '/api/v1/dead-letters/discard',
  summary: 'Give the dead letters of a filter up',
  handle: async ({ tx, body, ...by }) => ({ data: await resolveMatching(tx, body.filter, 'discarded', by) }),
})
