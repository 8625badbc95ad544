import type { Queryable } from '../../../database/database.ts'
import { action } from '../../definition/action/action.ts'
import * as actions from '../../definition/action/queries.ts'
import { allRefs } from '../../definition/form/rows.ts'
import { compileParameterSchema, type CompiledSchema } from '../../schema/compile.ts'
import * as runtimes from '../../definition/runtime/queries.ts'
import * as triggers from '../../definition/trigger/queries.ts'
import { trigger } from '../../definition/trigger/trigger.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'
import * as packs from '../../definition/pack/queries.ts'

/** A runtime that the pack's parts may name. */
export type KnownRuntime = Pick<runtimes.RuntimeNames, 'ref' | 'name' | 'aliases' | 'versions'>

/** What the pack's parts can refer to once it is registered: its own parts and those of other packs. */
export type KnownDefinitions = {
  runtimes: readonly KnownRuntime[]
  /** Compiled parameter schemas by ref. */
  triggers: ReadonlyMap<string, CompiledSchema>
  actions: ReadonlyMap<string, CompiledSchema>
  /** Refs of other packs that may have been meant, where one that is named is not there. */
  others: { triggers: readonly string[]; actions: readonly string[] }
} & Pick<Surroundings, 'packs'>

/** What there is for a pack to depend on. */
export type Surroundings = {
  runtimes: readonly KnownRuntime[]
  /** Every pack, with its version and its own dependencies. */
  packs: ReadonlyMap<string, { version: string; dependencies: readonly string[] }>
}

/** What is there before the pack is. What its earlier files described counts as gone. */
export async function findSurroundings(db: Queryable, ref: string): Promise<Surroundings> {
  const all = await runtimes.allNames(db)
  const needs = await packs.allNeeds(db)
  return {
    runtimes: all.filter((runtime) => !(runtime.from_file && runtime.ref.startsWith(`${ref}.`))),
    packs: new Map(needs.map(({ ref, version, dependencies }) => [ref, { version, dependencies }])),
  }
}

/** Collects what the pack refers to, with one look-up per kind. */
export async function findKnown(db: Queryable, pack: PackDefinition): Promise<KnownDefinitions> {
  const mentioned = {
    triggers: [
      ...pack.rules.map((rule) => rule.trigger_ref),
      ...pack.sensors.flatMap((sensor) => sensor.trigger_refs),
    ],
    actions: pack.rules.map((rule) => rule.action_ref),
  }
  const others = (refs: readonly string[]) =>
    [...new Set(refs)].filter((ref) => !ref.startsWith(`${pack.ref}.`))
  const foreignTriggers = await triggers.findTargets(db, others(mentioned.triggers))
  const foreignActions = await actions.findTargets(db, others(mentioned.actions))
  const around = await findSurroundings(db, pack.ref)
  const lacks = (refs: readonly string[], found: readonly { ref: string }[]) =>
    others(refs).length > found.length
  return {
    runtimes: [...ownRuntimes(pack), ...around.runtimes],
    triggers: compiled([...pack.triggers, ...foreignTriggers]),
    actions: compiled([...pack.actions, ...foreignActions]),
    packs: around.packs,
    others: {
      triggers: lacks(mentioned.triggers, foreignTriggers) ? await allRefs(db, trigger) : [],
      actions: lacks(mentioned.actions, foreignActions) ? await allRefs(db, action) : [],
    },
  }
}

function ownRuntimes(pack: PackDefinition): KnownRuntime[] {
  return pack.runtimes.map(({ ref, name, aliases, versions }) => {
    return { ref, name, aliases, versions: (versions ?? []).map(({ version }) => version) }
  })
}

function compiled(
  targets: readonly { ref: string; param_schema: Parameters<typeof compileParameterSchema>[0] }[],
) {
  return new Map(targets.map(({ ref, param_schema }) => [ref, compileParameterSchema(param_schema)]))
}

/** The runtime that a text means: by ref, else by name, else by alias. */
export function findRuntime(known: readonly KnownRuntime[], text: string): KnownRuntime | undefined {
  return (
    known.find(({ ref }) => ref === text) ??
    known.find(({ name }) => name.toLowerCase() === text) ??
    known.find(({ aliases }) => aliases.includes(text))
  )
}
