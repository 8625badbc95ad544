import { Type } from 'typebox'
import { selectPage } from '../../../database/page.ts'
import { sql } from '../../../database/sql.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { type Route, read } from '../../../http/route.ts'
import { Sweep } from './sweep.ts'

/** Sweeps: what repairs the flow, and how that goes. */
export function sweepRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/sweeps',
      summary: 'List sweeps by name: who runs each, when it last ran, what it last did',
      tag: 'alerts',
      access: ['workers', 'read'],
      tokens: ['access', 'execution'],
      query: Type.Object(pageQuery),
      success: { 200: listOf(Sweep) },
      handle: ({ db, query }) =>
        answerPage(query, (page) =>
          selectPage<Sweep>(
            db,
            { columns: sql`*`, from: sql`sweep`, where: sql`true`, order: sql`name` },
            page,
          ),
        ),
    }),
  ]
}
