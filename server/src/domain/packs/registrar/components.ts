import type { RuleOwnership } from '../../definition/matching/candidates.ts'
import type { Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import { action } from '../../definition/action/action.ts'
import * as actions from '../../definition/action/queries.ts'
import type { Definition } from '../../definition/form/definition.ts'
import type { ContentOf, Fields, RowOf } from '../../definition/form/field.ts'
import * as rows from '../../definition/form/rows.ts'
import * as permissionSets from '../../access/permission/queries.ts'
import { grantsFrom } from '../../access/permission/delegation.ts'
import { PLATFORM } from '../../access/identity/platform.ts'
import type { Ownership } from '../../access/permission/authority.ts'
import { isRunOtherwise } from '../../definition/rule/ownership.ts'
import * as rules from '../../definition/rule/queries.ts'
import { type Rule, rule } from '../../definition/rule/rule.ts'
import * as runtimes from '../../definition/runtime/queries.ts'
import { runtime } from '../../definition/runtime/runtime.ts'
import { sensor } from '../../definition/sensor/sensor.ts'
import * as triggers from '../../definition/trigger/queries.ts'
import { trigger } from '../../definition/trigger/trigger.ts'
import { findRuntime, type KnownDefinitions } from './surroundings.ts'
import type { PackDefinition, RuleDefinition } from '../reader/pack-definition.ts'

type Pack = { id: Id<'pack'>; ref: string }
type Named<Table extends string> = { id: Id<Table>; ref: string }

/** What was before and what is now, for those who must be told. */
export type WrittenRules = { before: Rule[]; after: Rule[]; vanished: Rule[] }

/**
 * Writes the components of a pack, each kind in one statement, in place by ref; then removes those that its
 * files no longer describe. Whatever names another component is written after it.
 */
export async function writeComponents(
  tx: Transaction,
  pack: Pack,
  {
    definition,
    known,
    owner,
  }: { definition: PackDefinition; known: KnownDefinitions; owner: Ownership | null },
): Promise<WrittenRules> {
  const sets = definition.permission_sets.map((set) => ({ ...set, grants: grantsFrom(set.grants) }))
  claim('permission set', sets, await permissionSets.upsert(tx, pack, sets))
  claim('runtime', definition.runtimes, await runtimes.upsert(tx, pack, definition.runtimes))
  const runtimeOf = await runtimeFinder(tx, known)
  const writtenTriggers = await write(tx, trigger, pack, definition.triggers)
  const programs = definition.actions.map((one) => ({ ...one, runtime: runtimeOf(one.runtime_ref).id }))
  const writtenActions = await write(tx, action, pack, programs)
  await writeSensors(tx, pack, { definition, runtimeOf })
  const written = await writeRules(tx, pack, { definition, owner })
  await rules.relink(tx, { actions: refsOf(writtenActions), triggers: refsOf(writtenTriggers) })
  await removeVanished(tx, pack, definition)
  return written
}

/** A ref that a row of another pack has is left alone by the statement, and refused here. */
function claim<R extends { ref: string }>(
  kind: string,
  described: readonly { ref: string }[],
  written: R[],
): R[] {
  const own = new Set(written.map(({ ref }) => ref))
  const taken = described.find(({ ref }) => !own.has(ref))
  if (taken === undefined) return written
  throw new Problem(
    'CONFLICT',
    `The ${kind} '${taken.ref}' belongs to another pack; delete that one or rename this one.`,
  )
}

/** Those of one kind. */
async function write<F extends Fields>(
  tx: Transaction,
  definition: Definition<F>,
  pack: Pack,
  described: readonly (ContentOf<F> & { ref: string })[],
): Promise<RowOf<F>[]> {
  return claim(definition.kind, described, await rows.upsert(tx, definition, pack, described))
}

type RuntimeFinder = (text: string) => Named<'runtime'>

/** Known runtimes are rows by now. */
async function runtimeFinder(tx: Transaction, known: KnownDefinitions): Promise<RuntimeFinder> {
  const rows = new Map((await runtimes.allNames(tx)).map((runtime) => [runtime.ref, runtime]))
  return (text) => {
    const row = rows.get(findRuntime(known.runtimes, text)?.ref ?? '')
    if (row === undefined) throw new Error(`The runtime ${text} was checked and is not there.`)
    return row
  }
}

async function writeSensors(
  tx: Transaction,
  pack: Pack,
  { definition, runtimeOf }: { definition: PackDefinition; runtimeOf: RuntimeFinder },
): Promise<void> {
  const content = definition.sensors.map((one) => {
    const runtime = runtimeOf(one.runtime_ref)
    return { ...one, runtime: runtime.id, runtime_ref: runtime.ref }
  })
  const written = await write(tx, sensor, pack, content)
  const ids = new Map(written.map(({ ref, id }) => [ref, id]))
  const links = definition.sensors.flatMap(({ ref, trigger_refs }) => {
    const sensor = ids.get(ref)
    return sensor === undefined
      ? []
      : trigger_refs.map((trigger_ref) => ({ trigger_ref, sensor, sensor_ref: ref }))
  })
  await triggers.serveBy(tx, pack.id, links)
}

async function writeRules(
  tx: Transaction,
  pack: Pack,
  { definition, owner }: { definition: PackDefinition; owner: Ownership | null },
): Promise<WrittenRules> {
  const before = await rules.lockOfPack(tx, pack.id)
  const triggerIds = idsByRef(
    await triggers.findTargets(
      tx,
      definition.rules.map((rule) => rule.trigger_ref),
    ),
  )
  const actionIds = idsByRef(
    await actions.findTargets(
      tx,
      definition.rules.map((rule) => rule.action_ref),
    ),
  )
  const there = new Map(before.map((rule) => [rule.ref, rule]))
  const content = definition.rules.map((rule) => ({
    ...rule,
    trigger: triggerIds.get(rule.trigger_ref) ?? null,
    action: actionIds.get(rule.action_ref) ?? null,
    ...(owner ?? ownershipOfPlatform(there.get(rule.ref), rule)),
  }))
  const after = await write(tx, rule, pack, content)
  return { before, after, vanished: await rows.removeVanished(tx, rule, pack.id, refsOf(definition.rules)) }
}

/** What the platform brings is its own, unless somebody has taken it over and it stays as it is. */
function ownershipOfPlatform(before: Rule | undefined, rule: RuleDefinition): RuleOwnership {
  const mine = { owner_identity: PLATFORM, authority_set_refs: null }
  if (before === undefined || before.owner_identity === null) return mine
  const enabled = before.enabled === before.file_enabled ? rule.enabled : before.enabled
  const { owner_identity, authority_set_refs } = before
  return isRunOtherwise(before, { ...rule, enabled }) ? mine : { owner_identity, authority_set_refs }
}

function idsByRef<Table extends string>(rows: readonly Named<Table>[]): Map<string, Id<Table>> {
  return new Map(rows.map(({ ref, id }) => [ref, id]))
}

/** Users go before what they use. Rules are gone already. */
async function removeVanished(tx: Transaction, { id }: Pack, definition: PackDefinition): Promise<void> {
  await rows.removeVanished(tx, sensor, id, refsOf(definition.sensors))
  await rows.removeVanished(tx, trigger, id, refsOf(definition.triggers))
  await rows.removeVanished(tx, action, id, refsOf(definition.actions))
  await permissionSets.removeVanished(tx, id, refsOf(definition.permission_sets))
  const vanished = await runtimes.findVanished(tx, id, refsOf(definition.runtimes))
  const used = vanished.find(({ used_by }) => used_by !== null)
  if (used !== undefined) {
    const message = `'${used.used_by}' still runs by the runtime '${used.ref}', which the pack no longer has; change that first.`
    throw new Problem('CONFLICT', message)
  }
  await rows.remove(tx, runtime, refsOf(vanished))
}

function refsOf(list: readonly { ref: string }[]): string[] {
  return list.map(({ ref }) => ref)
}
