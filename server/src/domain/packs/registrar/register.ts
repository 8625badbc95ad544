import type { Transaction } from '../../../database/database.ts'
import { publish } from '../../../messages/publish.ts'
import { Problem } from '../../../problem.ts'
import type { Ownership } from '../../access/permission/authority.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { announce, type RuleChange } from '../../definition/rule/announce.ts'
import { objectOf } from '../../definition/rule/targets.ts'
import type { Rule } from '../../definition/rule/rule.ts'
import { keepConfigSecrets, sealConfig } from '../../definition/pack/config-secrets.ts'
import { writeComponents, type WrittenRules } from './components.ts'
import { findKnown, findRuntime, type KnownDefinitions } from './surroundings.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'
import * as packs from '../../definition/pack/queries.ts'
import type { SoundReading } from '../reader/read-pack.ts'
import { refuseUnfit } from './requirements.ts'

export type RegisterOptions = {
  /** Who vouches for the pack and owns its rules; null: the platform, which takes over only rules that it changes. */
  registered_by: Ownership | null
  is_standard: boolean
  /** Where the files are. */
  storage_path: string
  checksum: string
  /** Replaces a pack that is there; without it, one is refused. */
  force: boolean
  /** The pack that is there, where it is known and locked. */
  existing?: Pack | undefined
  correlation_id: string | null
  /** Throws when a pack that has come meanwhile, locked by now, must not be replaced. */
  permit?: (existing: Pack) => void
  /** For what the configuration declares secret. */
  cipher: Cipher
}

/**
 * Makes a pack of its definition, or brings the one that is there to it: rows keep their ids, what the files no
 * longer describe goes, what people made or changed stays. Rows and messages commit together; of two
 * registrations of one pack the second waits for the first.
 */
export async function registerPack(
  tx: Transaction,
  reading: SoundReading,
  options: RegisterOptions,
): Promise<{ pack: Pack; known: KnownDefinitions }> {
  const { pack: definition } = reading
  const pack = await claimPack(tx, definition, options)
  const known = await findKnown(tx, definition)
  refuseUnfit(reading, known)
  const written = await writeComponents(tx, pack, { definition, known, owner: options.registered_by })
  await announce(tx, changesOf(written, known), options.correlation_id)
  const { id: pack_id, ref: pack_ref, version } = pack
  const runtime_names = runtimeNames(definition, known)
  await publish(tx, 'PackRegistered', [
    { payload: { pack_id, pack_ref, version, runtime_names }, correlation_id: options.correlation_id },
  ])
  return { pack, known }
}

/** The row of the pack, locked until the end. */
async function claimPack(
  tx: Transaction,
  definition: PackDefinition,
  options: RegisterOptions,
): Promise<Pack> {
  const { is_standard, checksum, storage_path, registered_by, cipher } = options
  const installed_by = is_standard ? null : (registered_by?.owner_identity ?? null)
  const { redacted: config, secrets } = sealConfig(definition.conf_schema, definition.config)
  const content = { ...definition, config, is_standard, checksum, storage_path, installed_by }
  const created = options.existing === undefined ? await packs.insertNew(tx, content) : undefined
  if (created !== undefined) {
    await keepConfigSecrets(tx, cipher, { pack: created.id, secrets })
    return created
  }
  if (!options.force) throw isThere(definition.ref)
  const existing = options.existing ?? (await packs.lockByRef(tx, definition.ref))
  if (existing !== undefined) options.permit?.(existing)
  return resealed(tx, await packs.replace(tx, content), cipher)
}

/** The refusal of a pack that would replace another one without being asked to. */
export function isThere(ref: string): Problem {
  const message = `There is a pack '${ref}' already; say force to replace it.`
  return new Problem('CONFLICT', message, [{ field: 'force', message: 'must be true to replace the pack' }])
}

/** A new schema may declare secret what the configuration had in clear. */
async function resealed(tx: Transaction, pack: Pack, cipher: Cipher): Promise<Pack> {
  const { redacted, secrets } = sealConfig(pack.conf_schema, pack.config)
  if (secrets.length === 0) return pack
  await keepConfigSecrets(tx, cipher, { pack: pack.id, secrets })
  return packs.setConfig(tx, pack.id, redacted)
}

function changesOf({ before, after, vanished }: WrittenRules, known: KnownDefinitions): RuleChange[] {
  const earlier = new Map(before.map((rule) => [rule.id, rule]))
  return [
    ...vanished.map((rule) => ({ before: rule, after: undefined, trigger_params: {} })),
    ...after.map((rule) => ({
      before: earlier.get(rule.id),
      after: rule,
      trigger_params: effectiveParams(rule, known),
    })),
  ]
}

function effectiveParams(rule: Rule, known: KnownDefinitions) {
  const given = objectOf(rule.trigger_params)
  return known.triggers.get(rule.trigger_ref)?.applyDefaults(given) ?? given
}

/** The runtimes that the pack's programs need, for those who build environments. */
function runtimeNames({ actions, sensors }: PackDefinition, known: KnownDefinitions): string[] {
  const names = [...actions, ...sensors].flatMap(({ runtime_ref }) => {
    return findRuntime(known.runtimes, runtime_ref)?.name.toLowerCase() ?? []
  })
  return [...new Set(names)].toSorted()
}
