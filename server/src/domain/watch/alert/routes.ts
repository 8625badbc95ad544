import { Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { type Route, read } from '../../../http/route.ts'
import { Alert, severities } from './alert.ts'
import * as alerts from './list.ts'

/** Alerts: what a person should know. Whoever may see the workers may see what is wrong with the platform. */
export function alertRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/alerts',
      summary: 'List alerts, open ones first',
      description:
        'One alert for each kind of trouble, counted as often as it is seen. Cleared when it is well again.',
      tag: 'alerts',
      access: ['workers', 'read'],
      tokens: ['access', 'execution'],
      query: Type.Object({
        open: Type.Optional(oneOf(['true', 'false'])),
        severity: Type.Optional(oneOf(severities)),
        category: Type.Optional(Type.String()),
        ...pageQuery,
      }),
      success: { 200: listOf(Alert) },
      handle: ({ db, query: { open, severity, category, ...query } }) =>
        answerPage(query, (page) =>
          alerts.list(
            db,
            {
              ...(open === undefined ? {} : { open: open === 'true' }),
              ...(severity === undefined ? {} : { severity }),
              ...(category === undefined ? {} : { category }),
            },
            page,
          ),
        ),
    }),
  ]
}
