import type { RuleOwnership } from '../matching/candidates.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Transaction } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Permission } from '../../caller/permission.ts'
import type { JsonObject } from '../../../json.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import { type Changing, recordChange } from '../form/change-record.ts'
import * as packs from '../pack/queries.ts'
import { requireChange, requireCreate } from '../../access/permission/change.ts'
import type { SchemaCache } from '../../schema/cache.ts'
import { type Ownership, ownershipOf } from '../../access/permission/authority.ts'
import { distinctRefs, type Holder, requireDelegable } from '../../access/permission/delegation.ts'
import { demand } from '../../caller/scope.ts'
import { announce, announceSwitch } from './announce.ts'
import type { CreateRule, UpdateRule } from './body.ts'
import { checkLanguage, checkParameters } from './check.ts'
import { isRunOtherwise } from './ownership.ts'
import * as rules from './queries.ts'
import { demandSight } from '../matching/sight.ts'
import type { Rule } from './rule.ts'
import { getTargets, objectOf, requireKnown, schemasOf, type Targets, withDefaults } from './targets.ts'

/** Who asks, on whose behalf messages are correlated, and what is compiled already. */
type Writing = Changing & {
  tx: Transaction
  caller: Holder
  schemas: SchemaCache
}

const refForm = /^[a-z0-9_-]+\.[a-z0-9_-]+$/

/**
 * Makes a rule that belongs to the caller. Refuses, in this order: what is wrong with it by itself, a pack in which
 * the caller makes no rules, a ref that is taken, targets that do not exist for them, parameters that do not fit,
 * an action that the caller may not run or permissions that they do not hold.
 */
export async function createRule(writing: Writing, body: CreateRule): Promise<Rule> {
  const { tx, caller } = writing
  const content = {
    label: body.label,
    description: body.description ?? null,
    action_ref: body.action_ref,
    trigger_ref: body.trigger_ref,
    conditions: body.conditions ?? {},
    action_params: body.action_params ?? {},
    trigger_params: body.trigger_params ?? {},
    permission_set_refs: body.permission_set_refs ? distinctRefs(body.permission_set_refs) : null,
    enabled: body.enabled ?? true,
    ...ownershipOf(caller),
  }
  refuse([...checkRef(body.ref), ...checkLanguage(content)])
  const what = `the rule '${body.ref}' of the pack '${body.pack_ref}'`
  requireCreate(caller, ['rules', 'create'], {
    ref: body.ref,
    pack_ref: body.pack_ref,
    owner: content.owner_identity,
    what,
  })
  if ((await rules.findByRef(tx, body.ref)) !== undefined) {
    const details = [{ field: 'ref', message: 'is taken' }]
    throw new Problem(
      'CONFLICT',
      `There is a rule '${body.ref}' already; choose another ref or change that one.`,
      details,
    )
  }
  const pack = await packs.getByRef(tx, body.pack_ref, 'pack_ref')
  const targets = await getTargets(tx, content)
  requireKnown(caller, targets, ['action', 'trigger'])
  await checkAgainst(writing, targets, content)
  await checkAuthority(writing, targets, content.permission_set_refs)
  const secrets = await demandSight(tx, caller, { ...content, pack_ref: pack.ref })
  const rule = await rules.insert(tx, {
    ...content,
    ...idsOf(targets),
    ref: body.ref,
    pack: pack.id,
    pack_ref: pack.ref,
  })
  await announceChange(writing, targets, { before: undefined, after: rule })
  await recordChange(tx, writing, { kind: 'rule', done: 'created', resource: rule, details: secrets })
  return rule
}

/** Changes what is given of a rule. Whoever changes when or what it runs becomes its owner: see ownership.ts. */
export async function updateRule(writing: Writing, ref: string, body: UpdateRule): Promise<Rule> {
  const { tx } = writing
  refuse(checkLanguage({ conditions: body.conditions ?? {}, action_params: body.action_params ?? {} }))
  const before = await getToChange(writing, ref, ['rules', 'update'])
  const content = changed(before, body)
  const targets = await getTargets(tx, content)
  const { secrets, ...ownership } = isRunOtherwise(before, content)
    ? await takenOver(writing, targets, { ...content, pack_ref: before.pack_ref })
    : kept(before)
  if (isRetuned(before, content, body)) await checkAgainst(writing, targets, content)
  const after = await rules.update(tx, before.id, { ...content, ...idsOf(targets), ...ownership })
  await announceChange(writing, targets, { before, after })
  const details = { ...ownerIfChanged(before, after), ...secrets }
  await recordChange(tx, writing, { kind: 'rule', done: 'updated', resource: after, details })
  return after
}

/** Switches a rule on or off. To switch it on is to take it over. Sensors are told, also when it was so before. */
export async function switchRule(writing: Writing, ref: string, enabled: boolean): Promise<Rule> {
  const { tx, request_id: correlation_id } = writing
  const before = await getToChange(writing, ref, ['rules', 'update'])
  const { secrets, ...ownership } = isRunOtherwise(before, { ...before, enabled })
    ? await takenOver(writing, await getTargets(tx, before), {
        ...before,
        action_params: objectOf(before.action_params),
      })
    : kept(before)
  const rule = await rules.setEnabled(tx, before.id, { enabled, ...ownership })
  const [spoken = rule] = await withDefaults(tx, [rule], writing.schemas)
  await announceSwitch(tx, rule, { trigger_params: objectOf(spoken.trigger_params), correlation_id })
  const [done, details] = [enabled ? 'enabled' : 'disabled', { ...ownerIfChanged(before, rule), ...secrets }]
  await recordChange(tx, writing, { kind: 'rule', done, resource: rule, details })
  return rule
}

/** Whoever takes a rule over must be allowed all that it does, as if they made it. */
async function takenOver(
  writing: Writing,
  targets: Targets,
  rule: Pick<Content, 'permission_set_refs'> & Parameters<typeof demandSight>[2],
): Promise<Taken> {
  const { tx, caller } = writing
  requireKnown(caller, targets, ['action', 'trigger'])
  await checkAuthority(writing, targets, rule.permission_set_refs)
  return { ...ownershipOf(caller), secrets: await demandSight(tx, caller, rule) }
}

/** Whose the rule is, and which secrets it uses that whoever took it over may see. */
type Taken = RuleOwnership & { secrets: JsonObject }

function kept({ owner_identity, authority_set_refs }: Rule): Taken {
  return { owner_identity, authority_set_refs, secrets: {} }
}

function ownerIfChanged(before: Rule, after: Rule): JsonObject {
  return isDeepStrictEqual(kept(before), kept(after))
    ? {}
    : { owner: after.owner_identity, authority_set_refs: after.authority_set_refs }
}

/** The rule, held until the transaction ends, if the caller may change it. */
export async function getToChange(
  { tx, caller }: Pick<Writing, 'tx'> & { caller: Caller },
  ref: string,
  change: Permission,
): Promise<Rule> {
  const rule = await rules.lockByRef(tx, ref)
  if (rule === undefined) throw noSuchRule(ref)
  requireChange(caller, change, named(rule), noSuchRule)
  return rule
}

type Content = Omit<
  rules.RuleContent,
  'action' | 'trigger' | keyof Ownership | 'action_params' | 'trigger_params'
> & {
  action_params: JsonObject
  trigger_params: JsonObject
}

/** The rule with what the body gives; null is the same as not given, except for permissions. */
function changed(rule: Rule, body: UpdateRule): Content {
  const refs = body.permission_set_refs === undefined ? rule.permission_set_refs : body.permission_set_refs
  return {
    label: body.label ?? rule.label,
    description: body.description ?? rule.description,
    action_ref: body.action_ref ?? rule.action_ref,
    trigger_ref: body.trigger_ref ?? rule.trigger_ref,
    conditions: body.conditions ?? rule.conditions,
    action_params: body.action_params ?? objectOf(rule.action_params),
    trigger_params: body.trigger_params ?? objectOf(rule.trigger_params),
    permission_set_refs: refs === null ? null : distinctRefs(refs),
    enabled: body.enabled ?? rule.enabled,
  }
}

/** Whether parameters meet schemas that they were not held against before. */
function isRetuned(before: Rule, after: Content, body: UpdateRule): boolean {
  const retargeted = after.action_ref !== before.action_ref || after.trigger_ref !== before.trigger_ref
  return retargeted || Boolean(body.action_params ?? body.trigger_params)
}

function idsOf({ trigger, action }: Targets) {
  return { trigger: trigger.id, trigger_ref: trigger.ref, action: action.id, action_ref: action.ref }
}

function checkRef(ref: string): FieldProblem[] {
  return refForm.test(ref) ? [] : [{ field: 'ref', message: 'must be pack.name of a-z, 0-9, _ and -' }]
}

async function checkAgainst({ schemas }: Writing, targets: Targets, content: Content): Promise<void> {
  refuse(checkParameters({ ...content, schemas: schemasOf(targets, schemas) }))
}

/**
 * The rule runs its action in the caller's name: they must be allowed to. Executions get the permission sets that the
 * rule names, else those that the action names: the caller must hold either.
 */
async function checkAuthority(
  { tx, caller }: Writing,
  { action }: Targets,
  refs: readonly string[] | null,
): Promise<void> {
  const { id, ref, pack_ref } = action
  demand(caller, ['actions', 'execute'], { id, ref, pack_ref, what: `the action '${ref}'` })
  await requireDelegable(tx, caller.grants, refs ?? action.default_execution_permission_set_refs)
}

async function announceChange(
  writing: Writing,
  targets: Targets,
  change: { before: Rule | undefined; after: Rule },
): Promise<void> {
  const { trigger } = schemasOf(targets, writing.schemas)
  const trigger_params = trigger.applyDefaults(objectOf(change.after.trigger_params))
  await announce(writing.tx, [{ ...change, trigger_params }], writing.request_id)
}

/** Throws when there are problems, naming their fields as the validation of bodies does: with dots. */
function refuse(problems: readonly FieldProblem[]): void {
  const details = problems.map(({ field, message }) => ({
    field: field.replaceAll(/\[(\d+)\]/g, '.$1'),
    message,
  }))
  const [first] = details
  if (first !== undefined) throw new Problem('VALIDATION_ERROR', `${first.field}: ${first.message}`, details)
}

/** A rule as grants are held against it. */
function named({ id, ref, pack_ref, owner_identity: owner }: Rule) {
  return { id, ref, pack_ref, owner, what: `the rule '${ref}'` }
}

export function noSuchRule(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no rule '${ref}'.`)
}
