import type { Queryable, Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { compileParameterSchema } from '../../schema/compile.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { replace, reveal } from '../../secret/queries.ts'
import { type ExtractedSecret, holdsMarker, redact, restore } from '../../secret/redact.ts'

/** The configuration of a pack as its row has it, and the secrets that its schema declares in it. */
export function sealConfig(conf_schema: Json, config: Json): { redacted: Json; secrets: ExtractedSecret[] } {
  const declared = compileParameterSchema(conf_schema).collectSecrets(config)
  return redact(
    config,
    declared.map(({ pointer }) => pointer),
  )
}

/** Stores the secrets of a configuration, encrypted. Those of other places stay. */
export function keepConfigSecrets(
  tx: Transaction,
  cipher: Cipher,
  { pack, secrets }: { pack: Id<'pack'>; secrets: readonly ExtractedSecret[] },
): Promise<void> {
  return replace(tx, cipher, 'pack_config', { id: pack, secrets, source_kind: 'pack_config' })
}

type Configured = { pack: Id<'pack'>; pack_config: Json }

/** Configurations of packs with their secrets in place, and where these are. */
export async function openConfigs<Of extends Configured>(
  db: Queryable,
  cipher: Cipher,
  configured: readonly Of[],
): Promise<(Of & { config_secrets: string[] })[]> {
  const secretive = configured.filter(({ pack_config }) => holdsMarker(pack_config)).map(({ pack }) => pack)
  const secrets = await reveal(db, cipher, 'pack_config', [...new Set(secretive)])
  return configured.map((one) => {
    const own = secrets.get(one.pack) ?? []
    const pack_config = restore(one.pack_config, own)
    return { ...one, pack_config, config_secrets: own.map(({ pointer }) => pointer) }
  })
}
