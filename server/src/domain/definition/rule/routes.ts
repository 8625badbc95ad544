import { Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import type { Permission } from '../../caller/permission.ts'
import { read, type Route } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import * as actions from '../action/queries.ts'
import { readableBy } from '../form/definition.ts'
import { definitionRoutes, listed, readingOf, switchRoutes } from '../form/routes.ts'
import { equal, type Filter } from '../form/rows.ts'
import type * as form from '../form/write.ts'
import type { SchemaCache } from '../../schema/cache.ts'
import { holderOf } from '../../access/permission/delegation.ts'
import { allows } from '../../caller/scope.ts'
import * as triggers from '../trigger/queries.ts'
import { RuleSchedule, withSchedules } from './schedule.ts'
import { CreateRule, rule, RuleDetail, RuleSummary, UpdateRule } from './rule.ts'
import { withDefaults } from './targets.ts'
import { warningsOf } from './warning.ts'
import { createRule, deleteRule, switchRule, updateRule } from './write.ts'

type Deps = { schemas: SchemaCache }

const words = { plural: 'rules', named: 'a rule', summary: RuleSummary, detail: RuleDetail }
const reading = readingOf(rule, 'rules')
const ref = Type.Optional(Type.String())

/** Rules: when events of a trigger become executions of an action. */
export function ruleRoutes({ schemas }: Deps): Route[] {
  const ownWriting = (writing: form.Writing) => ({ ...writing, caller: holderOf(writing.caller), schemas })
  return [
    ...definitionRoutes(rule, {
      ...words,
      filters: {
        pack_ref: ref,
        action_ref: ref,
        trigger_ref: ref,
        enabled: Type.Optional(Type.Boolean()),
      },
      documents: ['action_params', 'trigger_params'],
      max_body_bytes: Infinity,
      warn: (row, { db, caller }) => warningsOf(db, row, caller),
      create: {
        said: {
          summary: 'Create a rule',
          description:
            'It belongs to the caller, in whose name its executions run. Made by an execution, it belongs to the account that this runs as, within the permission sets of the execution.',
        },
        body: CreateRule,
        handle: async (writing, body) => ({ row: await createRule(ownWriting(writing), body) }),
      },
      update: {
        said: {
          description:
            'What is not given stays. Whoever changes when or what it runs becomes its owner: all but label and description, and disabling it.',
        },
        body: UpdateRule,
        handle: (writing, ref, body) => updateRule(ownWriting(writing), ref, body),
      },
      remove: {
        said: { description: 'Its events, enforcements and executions stay.' },
        handle: deleteRule,
      },
    }),
    rulesOfAction(),
    rulesOfTrigger({ schemas }),
    ...switchRoutes(rule, {
      ...words,
      enable: { description: 'Whoever enables a rule becomes its owner.' },
      handle: (writing, ref, enabled) => switchRule(ownWriting(writing), ref, enabled),
    }),
  ]
}

function rulesOfAction(): Route {
  return read({
    ...reading,
    path: '/api/v1/actions/{action_ref}/rules',
    summary: 'List the rules that run an action',
    params: Type.Object({ action_ref: Type.String() }),
    query: Type.Object(pageQuery),
    success: { 200: listOf(RuleSummary) },
    refusals: [404],
    async handle({ db, params: { action_ref }, query, caller }) {
      const [action] = await actions.findTargets(db, [action_ref])
      const page = await rulesOf(db, { action_ref }, query, caller)
      if (action === undefined || !knows(caller, ['actions', 'read'], action, page))
        throw new Problem('NOT_FOUND', `There is no action '${action_ref}'.`)
      return page
    },
  })
}

function rulesOfTrigger({ schemas }: Deps): Route {
  return read({
    ...reading,
    tokens: [...reading.tokens, 'sensor'],
    path: '/api/v1/triggers/{trigger_ref}/rules',
    summary: 'List the rules of a trigger',
    description:
      'A sensor reads the rules of its own triggers here, with the defaults of the trigger filled in.',
    params: Type.Object({ trigger_ref: Type.String() }),
    query: Type.Object(pageQuery),
    success: { 200: listOf(ScheduledRule) },
    refusals: [404],
    async handle({ db, caller, params: { trigger_ref }, query }) {
      requireOwnTrigger(caller, trigger_ref)
      const [trigger] = await triggers.findTargets(db, [trigger_ref])
      const page = await rulesOf(db, { trigger_ref }, query, caller)
      if (trigger === undefined || !knows(caller, ['triggers', 'read'], trigger, page))
        throw new Problem('NOT_FOUND', `There is no trigger '${trigger_ref}'.`)
      const rules = await withSchedules(db, page.data)
      return { ...page, data: caller.kind === 'sensor' ? await withDefaults(db, rules, schemas) : rules }
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

const ScheduledRule = Type.Object(
  { ...RuleSummary.properties, schedule: Type.Optional(RuleSchedule) },
  { title: 'ScheduledRule' },
)

/** By the refs of trigger and action, so that rules whose target is gone are found too. */
function rulesOf(db: Queryable, target: Filter, query: PageQuery, caller: Caller) {
  return listed(db, rule, [readableBy(rule, caller), ...equal(target)], query)
}

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
