import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '../../../json.ts'
import type { Problem } from '../../../problem.ts'
import { ownershipOf } from '../../access/permission/authority.ts'
import { type GrantHolder, requireDelegable } from '../../access/permission/delegation.ts'
import { authorize } from '../../caller/scope.ts'
import type { SchemaCache } from '../../schema/cache.ts'
import { recordChange } from '../form/change-record.ts'
import { refuse } from '../form/check.ts'
import * as rows from '../form/rows.ts'
import * as form from '../form/write.ts'
import { authorizeSecretUse } from '../matching/secret-access.ts'
import { announce, announceSwitch } from './announce.ts'
import { checkLanguage, checkParameters } from './check.ts'
import { isRunOtherwise } from './ownership.ts'
import type { RuleOwnership } from '../matching/candidates.ts'
import { type CreateRule, type Rule, rule as definition, type UpdateRule } from './rule.ts'
import { getTargets, objectOf, requireKnown, schemasOf, type Targets, withDefaults } from './targets.ts'

/** Who asks, on whose behalf messages are correlated, and what is compiled already. */
export type Writing = form.Writing & { caller: GrantHolder; schemas: SchemaCache }

/**
 * Makes a rule that belongs to the caller. After what every kind refuses: targets that do not exist for them,
 * parameters that do not fit, an action that the caller may not run or permissions that they do not hold.
 */
export async function createRule(writing: Writing, body: CreateRule): Promise<Rule> {
  const { tx, caller } = writing
  const ownership = ownershipOf(caller)
  const { home, content: given } = await form.checkNew(definition, writing, body, {
    owner: ownership.owner_identity,
    also: languageProblems(body),
  })
  const content = withParameters(given)
  const targets = await getTargets(tx, content)
  requireKnown(caller, targets, ['action', 'trigger'])
  checkAgainst(writing, targets, content)
  await checkAuthority(writing, targets, content.permission_set_refs)
  const secrets = await authorizeSecretUse(tx, caller, { ...content, pack_ref: body.pack_ref })
  const rule = await rows.insert(tx, definition, home, { ...content, ...idsOf(targets), ...ownership })
  await announceChange(writing, targets, { before: undefined, after: rule })
  await recordChange(tx, writing, { kind: 'rule', done: 'created', resource: rule, details: secrets })
  return rule
}

/** Changes what is given of a rule. Whoever changes when or what it runs becomes its owner: see ownership.ts. */
export async function updateRule(writing: Writing, ref: string, body: UpdateRule): Promise<Rule> {
  const { tx } = writing
  const { before, content: given } = await form.checkChange(definition, writing, {
    ref,
    body,
    also: languageProblems(body),
  })
  const content = withParameters({ ...before, ...given })
  const targets = await getTargets(tx, content)
  const { secrets, ...ownership } = isRunOtherwise(before, content)
    ? await takenOver(writing, targets, content)
    : kept(before)
  if (isRetuned(before, content, body)) checkAgainst(writing, targets, content)
  const { action_params, trigger_params } = content
  const after = await rows.update(tx, definition, before.id, {
    ...given,
    action_params,
    trigger_params,
    ...idsOf(targets),
    ...ownership,
  })
  await announceChange(writing, targets, { before, after })
  const details = { ...ownerIfChanged(before, after), ...secrets }
  await recordChange(tx, writing, { kind: 'rule', done: 'updated', resource: after, details })
  return after
}

/** Switches a rule on or off. To switch it on is to take it over. Sensors are told, also when it was so before. */
export async function switchRule(writing: Writing, ref: string, enabled: boolean): Promise<Rule> {
  const { tx, request_id: correlation_id } = writing
  const before = await form.getToChange(definition, writing, ref, 'update')
  const { secrets, ...ownership } = isRunOtherwise(before, { ...before, enabled })
    ? await takenOver(writing, await getTargets(tx, before), withParameters(before))
    : kept(before)
  const rule = await rows.update(tx, definition, before.id, { enabled, ...ownership })
  const [spoken = rule] = await withDefaults(tx, [rule], writing.schemas)
  await announceSwitch(tx, rule, { trigger_params: objectOf(spoken.trigger_params), correlation_id })
  const [done, details] = [enabled ? 'enabled' : 'disabled', { ...ownerIfChanged(before, rule), ...secrets }]
  await recordChange(tx, writing, { kind: 'rule', done, resource: rule, details })
  return rule
}

/** Its events, enforcements and executions stay. */
export async function deleteRule(writing: form.Writing, ref: string): Promise<void> {
  const { tx, request_id } = writing
  const before = await form.getToChange(definition, writing, ref, 'delete')
  await rows.remove(tx, definition, [ref])
  await announce(tx, [{ before, after: undefined, trigger_params: {} }], request_id)
  await recordChange(tx, writing, { kind: 'rule', done: 'deleted', resource: before })
}

function languageProblems({ conditions, action_params }: UpdateRule) {
  return checkLanguage({ conditions: conditions ?? {}, action_params: action_params ?? {} })
}

/** Parameters of rows that were written by hand may be anything. */
function withParameters<R extends { action_params: Json; trigger_params: Json }>(rule: R) {
  const { action_params, trigger_params } = rule
  return { ...rule, action_params: objectOf(action_params), trigger_params: objectOf(trigger_params) }
}

/** Whoever takes a rule over must be allowed all that it does, as if they made it. */
async function takenOver(
  writing: Writing,
  targets: Targets,
  rule: Pick<Content, 'permission_set_refs'> & Parameters<typeof authorizeSecretUse>[2],
): Promise<Taken> {
  const { tx, caller } = writing
  requireKnown(caller, targets, ['action', 'trigger'])
  await checkAuthority(writing, targets, rule.permission_set_refs)
  return { ...ownershipOf(caller), secrets: await authorizeSecretUse(tx, caller, rule) }
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

type Content = Pick<Rule, 'action_ref' | 'trigger_ref' | 'permission_set_refs'> & {
  action_params: JsonObject
  trigger_params: JsonObject
}

/** Whether parameters meet schemas that they were not held against before. */
function isRetuned(before: Rule, after: Content, body: UpdateRule): boolean {
  const retargeted = after.action_ref !== before.action_ref || after.trigger_ref !== before.trigger_ref
  return retargeted || Boolean(body.action_params ?? body.trigger_params)
}

function idsOf({ trigger, action }: Targets) {
  return { trigger: trigger.id, trigger_ref: trigger.ref, action: action.id, action_ref: action.ref }
}

function checkAgainst({ schemas }: Writing, targets: Targets, content: Content): void {
  refuse('VALIDATION_ERROR', checkParameters({ ...content, schemas: schemasOf(targets, schemas) }))
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
  authorize(caller, ['actions', 'execute'], { id, ref, pack_ref, what: `the action '${ref}'` })
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

export function noSuchRule(ref: string): Problem {
  return form.noSuch(definition, ref)
}
