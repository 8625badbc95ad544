import { Type } from 'typebox'
import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { read, type Route } from '../../../http/route.ts'
import { readableBy, rowsFor } from '../form/definition.ts'
import { createBody, updateBody } from '../form/field.ts'
import { definitionRoutes, knownBy, readingOf } from '../form/routes.ts'
import { equal } from '../form/rows.ts'
import { remove } from '../form/write.ts'
import { getVisiblePacks } from '../pack/visible-pack.ts'
import { type Action, action, ActionDetail, ActionHit, ActionSummary } from './action.ts'
import * as actions from './queries.ts'
import { createAction, updateAction } from './write.ts'

/** What actions have to do with that are above them: rules that name one that is there again are tied to it. */
type ActionDeps = { relink(tx: Transaction, refs: { actions: readonly string[] }): Promise<unknown> }

const q = Type.Optional(Type.String({ description: 'Part of ref, label or description.' }))

/** Actions: what can be done. */
export function actionRoutes({ relink }: ActionDeps): Route[] {
  return [
    ...definitionRoutes(action, {
      plural: 'actions',
      named: 'an action',
      summary: ActionSummary,
      detail: ActionDetail,
      show: async (row: Action, { db }: { db: Queryable }) => ({
        ...row,
        runtime_ref: await actions.runtimeRefOf(db, row.runtime),
      }),
      filters: {
        executable_with_current_access: Type.Optional(
          Type.Boolean({ description: 'Only actions that the caller may run.' }),
        ),
        pack_ref: Type.Optional(Type.String()),
        q,
      },
      where: ({ executable_with_current_access, q, ...filter }, caller) => [
        executable_with_current_access === true ? executableBy(caller) : readableBy(action, caller),
        ...equal(filter),
        ...(q === undefined ? [] : [actions.says(String(q))]),
      ],
      documents: ['param_schema', 'out_schema'],
      create: {
        said: {
          description:
            'An action is code that workers run: whoever makes one runs code. It may act only with permission sets whose grants the caller holds.',
        },
        body: createBody(action.fields, 'CreateAction'),
        async handle(writing, body) {
          const row = await createAction(writing, body)
          await relink(writing.tx, { actions: [row.ref] })
          return { row }
        },
      },
      update: {
        said: {
          description:
            'What is not given, or null, stays; `{"op": "clear"}` clears. Registering the pack of an action again brings back what its file says.',
        },
        body: updateBody(action.fields, 'UpdateAction'),
        handle: updateAction,
      },
      remove: {
        said: { description: 'Rules and executions keep its ref.' },
        handle: (writing, ref) => remove(action, writing, ref),
      },
    }),
    searchRoute(),
  ]
}

function searchRoute(): Route {
  return read({
    ...readingOf(action, 'actions'),
    path: '/api/v1/actions/search',
    summary: 'Search actions',
    query: Type.Object({
      ...pageQuery,
      q,
      packs: Type.Optional(Type.String({ description: 'Refs of packs, separated by commas.' })),
    }),
    success: { 200: listOf(ActionHit) },
    refusals: [404],
    async handle({ db, query, caller }) {
      const refs = (query.packs ?? '')
        .split(',')
        .map((ref) => ref.trim())
        .filter((ref) => ref !== '')
      await getVisiblePacks(db, refs, knownBy(action, caller))
      const conditions = [
        readableBy(action, caller),
        ...(query.q === undefined ? [] : [actions.says(query.q)]),
        ...(refs.length > 0 ? [sql`d.pack_ref = any(${refs})`] : []),
      ]
      return answerPage(query, (page) => actions.search(db, conditions, page))
    },
  })
}

/** What may be run and not read is not shown either. */
function executableBy(caller: Caller) {
  return sql`${readableBy(action, caller)} and ${rowsFor(action, caller, ['actions', 'execute'])}`
}
