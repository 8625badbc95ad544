import type { Queryable } from '../../database/database.ts'
import * as actions from '../action/queries.ts'
import { compileParameterSchema, type CompiledSchema } from '../parameter-schema/compile.ts'
import * as runtimes from '../runtime/queries.ts'
import * as triggers from '../trigger/queries.ts'
import { parsePackDependency } from './dependency.ts'
import type { PackDefinition } from './pack-definition.ts'
import * as packs from './queries.ts'

/** A runtime that the pack's parts may name. */
export type KnownRuntime = Pick<runtimes.RuntimeNames, 'ref' | 'name' | 'aliases' | 'versions'>

/** What the pack's parts can refer to once it is registered: its own parts and those of other packs. */
export type Known = {
  runtimes: readonly KnownRuntime[]
  /** Compiled parameter schemas by ref. */
  triggers: ReadonlyMap<string, CompiledSchema>
  actions: ReadonlyMap<string, CompiledSchema>
  /** Versions of the packs that it depends on. */
  packs: ReadonlyMap<string, string>
}

/** Collects what the pack refers to, with one look-up per kind. */
export async function findKnown(db: Queryable, pack: PackDefinition): Promise<Known> {
  const mentioned = {
    triggers: [
      ...pack.rules.map((rule) => rule.trigger_ref),
      ...pack.sensors.flatMap((sensor) => sensor.trigger_refs),
    ],
    actions: pack.rules.map((rule) => rule.action_ref),
    packs: pack.dependencies.flatMap((text) => parsePackDependency(text)?.ref ?? []),
  }
  const others = (refs: readonly string[]) =>
    [...new Set(refs)].filter((ref) => !ref.startsWith(`${pack.ref}.`))
  const foreignTriggers = await triggers.findTargets(db, others(mentioned.triggers))
  const foreignActions = await actions.findTargets(db, others(mentioned.actions))
  const versions = await packs.findVersions(db, mentioned.packs)
  return {
    runtimes: [...ownRuntimes(pack), ...(await foreignRuntimes(db, pack))],
    triggers: compiled([...pack.triggers, ...foreignTriggers]),
    actions: compiled([...pack.actions, ...foreignActions]),
    packs: new Map(versions.map(({ ref, version }) => [ref, version])),
  }
}

function ownRuntimes(pack: PackDefinition): KnownRuntime[] {
  return pack.runtimes.map(({ ref, name, aliases, versions }) => {
    return { ref, name, aliases, versions: (versions ?? []).map(({ version }) => version) }
  })
}

/** Runtimes of the pack that its files no longer describe are about to vanish, so they are not known. */
async function foreignRuntimes(db: Queryable, pack: PackDefinition): Promise<KnownRuntime[]> {
  const all = await runtimes.allNames(db)
  return all.filter(({ ref }) => !ref.startsWith(`${pack.ref}.`))
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
