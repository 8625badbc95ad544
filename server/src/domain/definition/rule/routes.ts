import { Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import type { Permission } from '../../caller/permission.ts'
import { item, read, type Route, write } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import * as actions from '../action/queries.ts'
import { recordChange } from '../form/change-record.ts'
import { getKnownPack } from '../pack/known-to.ts'
import type { SchemaCache } from '../../schema/cache.ts'
import { holderOf } from '../../access/permission/delegation.ts'
import { allowedRows, allows } from '../../caller/scope.ts'
import * as triggers from '../trigger/queries.ts'
import { announce } from './announce.ts'
import { CreateRule, UpdateRule } from './body.ts'
import * as rules from './queries.ts'
import { type Rule, RuleDetail, RuleSummary } from './rule.ts'
import { withDefaults } from './targets.ts'
import { createRule, getToChange, noSuchRule, switchRule, updateRule } from './write.ts'

type Deps = { schemas: SchemaCache }
const tag = 'rules'
const tokens = ['access', 'execution'] as const
const byRef = Type.Object({ ref: Type.String() })
const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })

/** Rules: when events of a trigger become executions of an action. */
export function ruleRoutes(deps: Deps): Route[] {
  return [
    ...listRoutes(),
    ...listsOfTargets(),
    rulesOfTrigger(deps),
    ...writeRoutes(deps),
    deleteRoute(),
    ...switchRoutes(deps),
  ]
}

function listRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/rules',
      summary: 'List rules',
      tag,
      access: ['rules', 'read'],
      scoped: true,
      tokens,
      query: Type.Object({
        ...pageQuery,
        pack_ref: Type.Optional(Type.String()),
        action_ref: Type.Optional(Type.String()),
        trigger_ref: Type.Optional(Type.String()),
        enabled: Type.Optional(Type.Boolean()),
      }),
      success: { 200: listOf(RuleSummary) },
      handle: ({ db, query, caller }) => listed(db, { ...query, allowed: readableBy(caller) }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/rules/enabled',
      summary: 'List enabled rules',
      tag,
      access: ['rules', 'read'],
      scoped: true,
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(RuleSummary) },
      handle: ({ db, query, caller }) => listed(db, { enabled: true, allowed: readableBy(caller) }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/rules/{ref}',
      summary: 'Get a rule',
      tag,
      access: ['rules', 'read'],
      scoped: true,
      tokens,
      params: byRef,
      success: { 200: item(RuleDetail) },
      refusals: [404],
      handle: async ({ db, params, caller }) => ({
        data: found(await rules.findByRef(db, params.ref, readableBy(caller)), params.ref),
      }),
    }),
  ]
}

/** The rules of a pack, of an action. */
function listsOfTargets(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/rules',
      summary: 'List the rules of a pack',
      tag,
      access: ['rules', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(RuleSummary) },
      refusals: [404],
      async handle({ db, params, query, caller }) {
        const allowed = readableBy(caller)
        const holds = sql`exists (select from rule r where r.pack = p.id and ${allowed})`
        const asking = { caller, permission: ['rules', 'read'], holds } as const
        const pack = await getKnownPack(db, params.pack_ref, asking)
        return listed(db, { pack: pack.id, allowed }, query)
      },
    }),
    read({
      method: 'GET',
      path: '/api/v1/actions/{action_ref}/rules',
      summary: 'List the rules that run an action',
      tag,
      access: ['rules', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ action_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(RuleSummary) },
      refusals: [404],
      async handle({ db, params: { action_ref }, query, caller }) {
        const [action] = await actions.findTargets(db, [action_ref])
        const page = await listed(db, { action_ref, allowed: readableBy(caller) }, query)
        if (action === undefined || !knows(caller, ['actions', 'read'], action, page))
          throw new Problem('NOT_FOUND', `There is no action '${action_ref}'.`)
        return page
      },
    }),
  ]
}

function rulesOfTrigger({ schemas }: Deps): Route {
  return read({
    method: 'GET',
    path: '/api/v1/triggers/{trigger_ref}/rules',
    summary: 'List the rules of a trigger',
    description:
      'A sensor reads the rules of its own triggers here, with the defaults of the trigger filled in.',
    tag,
    access: ['rules', 'read'],
    scoped: true,
    tokens: [...tokens, 'sensor'],
    params: Type.Object({ trigger_ref: Type.String() }),
    query: Type.Object(pageQuery),
    success: { 200: listOf(RuleSummary) },
    refusals: [404],
    async handle({ db, caller, params: { trigger_ref }, query }) {
      requireOwnTrigger(caller, trigger_ref)
      const [trigger] = await triggers.findTargets(db, [trigger_ref])
      const page = await listed(db, { trigger_ref, allowed: readableBy(caller) }, query)
      if (trigger === undefined || !knows(caller, ['triggers', 'read'], trigger, page))
        throw new Problem('NOT_FOUND', `There is no trigger '${trigger_ref}'.`)
      return caller.kind === 'sensor' ? { ...page, data: await withDefaults(db, page.data, schemas) } : page
    },
  })
}

function requireOwnTrigger(caller: Caller, trigger_ref: string): void {
  if (caller.kind !== 'sensor' || caller.trigger_types.includes(trigger_ref)) return
  throw new Problem(
    'FORBIDDEN',
    `The sensor '${caller.sensor_ref}' does not serve the trigger '${trigger_ref}'.`,
  )
}

function writeRoutes({ schemas }: Deps): Route[] {
  return [
    write({
      method: 'POST',
      path: '/api/v1/rules',
      summary: 'Create a rule',
      description:
        'It belongs to the caller, in whose name its executions run. Made by an execution, it belongs to the account that this runs as, within the permission sets of the execution.',
      tag,
      access: ['rules', 'create'],
      scoped: true,
      tokens,
      body: CreateRule,
      documents: ['action_params', 'trigger_params'],
      max_body_bytes: Infinity,
      success: { 201: item(RuleDetail) },
      refusals: [404, 409],
      async handle({ body, ...context }) {
        const data = await createRule({ ...context, caller: holderOf(context.caller), schemas }, body)
        return { data, message: 'Rule created' }
      },
    }),
    write({
      method: 'PUT',
      path: '/api/v1/rules/{ref}',
      summary: 'Change a rule',
      description:
        'What is not given stays. Whoever changes when or what it runs becomes its owner: all but label and description, and disabling it.',
      tag,
      access: ['rules', 'update'],
      scoped: true,
      tokens,
      params: byRef,
      body: UpdateRule,
      documents: ['action_params', 'trigger_params'],
      max_body_bytes: Infinity,
      success: { 200: item(RuleDetail) },
      refusals: [404],
      async handle({ params, body, ...context }) {
        const writing = { ...context, caller: holderOf(context.caller), schemas }
        const data = await updateRule(writing, params.ref, body)
        return { data, message: 'Rule updated' }
      },
    }),
  ]
}

function deleteRoute(): Route {
  return write({
    method: 'DELETE',
    path: '/api/v1/rules/{ref}',
    summary: 'Delete a rule',
    description: 'Its events, enforcements and executions stay.',
    tag,
    access: ['rules', 'delete'],
    scoped: true,
    tokens,
    params: byRef,
    success: { 200: item(Acknowledged) },
    refusals: [404],
    async handle({ params, ...context }) {
      const { tx, request_id } = context
      const before = await getToChange(context, params.ref, ['rules', 'delete'])
      await rules.remove(tx, before.id)
      await announce(tx, [{ before, after: undefined, trigger_params: {} }], request_id)
      await recordChange(tx, context, { kind: 'rule', done: 'deleted', resource: before })
      return { data: { success: true, message: `Rule '${params.ref}' deleted` } }
    },
  })
}

function switchRoutes({ schemas }: Deps): Route[] {
  return (['enable', 'disable'] as const).map((verb) =>
    write({
      method: 'POST',
      path: `/api/v1/rules/{ref}/${verb}`,
      summary: verb === 'enable' ? 'Enable a rule' : 'Disable a rule',
      ...(verb === 'enable' ? { description: 'Whoever enables a rule becomes its owner.' } : {}),
      tag,
      access: ['rules', 'update'],
      scoped: true,
      tokens,
      params: byRef,
      success: { 200: item(RuleDetail) },
      refusals: [404],
      async handle({ params, ...context }) {
        const writing = { ...context, caller: holderOf(context.caller), schemas }
        const data = await switchRule(writing, params.ref, verb === 'enable')
        return { data, message: `Rule ${verb}d` }
      },
    }),
  )
}

function listed(db: Queryable, filter: rules.RuleFilter, query: PageQuery) {
  return answerPage(query, (page) => rules.list(db, filter, page))
}

const readableBy = (caller: Caller): Sql => allowedRows(caller, ['rules', 'read'], rules.columns)

/**
 * Whether a caller may know that an action or trigger exists whose rules they ask for: they may read it, or rules
 * wherever it is, or a rule names it to them.
 */
function knows(
  caller: Caller,
  permission: Permission,
  { id, ref, pack_ref }: { id: number; ref: string; pack_ref: string | null },
  page: { pagination: { total_items: number } },
): boolean {
  return (
    page.pagination.total_items > 0 ||
    allows(caller, permission, { id, ref, pack_ref }) ||
    allows(caller, ['rules', 'read'], { pack_ref })
  )
}

function found(rule: Rule | undefined, ref: string): Rule {
  if (rule === undefined) throw noSuchRule(ref)
  return rule
}
