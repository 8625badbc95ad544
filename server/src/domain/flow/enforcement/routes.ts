import { Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { exactRef, rowId, totalQuery } from '../../../http/parameter.ts'
import { item, type Route, read } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { restore } from '../../secret/redact.ts'
import { revealFor, revealQuery } from '../../secret/reveal.ts'
import { enforcementStatuses } from './status.ts'
import * as enforcements from './list.ts'

const reading = {
  method: 'GET',
  tag: 'enforcements',
  access: ['enforcements', 'read'],
  scoped: true,
  tokens: ['access', 'execution'],
} as const

export function enforcementRoutes({ cipher }: { cipher: Cipher }): Route[] {
  return [listRoute, getRoute(cipher)]
}

const listRoute = read({
  ...reading,
  path: '/api/v1/enforcements',
  summary: 'Enforcements, newest first',
  query: Type.Object({
    rule: Type.Optional(rowId('rule')),
    event: Type.Optional(rowId('event')),
    status: Type.Optional(oneOf(enforcementStatuses)),
    trigger_ref: Type.Optional(exactRef),
    rule_ref: Type.Optional(exactRef),
    ...totalQuery,
    ...pageQuery,
  }),
  success: { 200: listOf(enforcements.EnforcementSummary) },
  handle: ({ db, query, caller }) =>
    answerPage(query, (page) => enforcements.list(db, { ...query, caller }, page)),
})

function getRoute(cipher: Cipher): Route {
  return read({
    ...reading,
    path: '/api/v1/enforcements/{id}',
    summary: 'An enforcement with its rendered parameters',
    params: Type.Object({ id: rowId('enforcement') }),
    query: Type.Object(revealQuery),
    success: { 200: item(enforcements.EnforcementDetail) },
    refusals: [404],
    async handle({ db, params: { id }, query, ...context }) {
      const enforcement = await enforcements.findDetail(db, id, context.caller)
      if (enforcement === undefined) throw new Problem('NOT_FOUND', `There is no enforcement ${id}.`)
      if (query.include_secret_values !== true) return { data: enforcement }
      const secrets = await revealFor(
        context,
        { db, cipher, permission: ['enforcements', 'decrypt'] },
        'enforcement_config',
        id,
      )
      return { data: { ...enforcement, config: restore(enforcement.config, secrets) } }
    },
  })
}
