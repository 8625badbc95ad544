import type { SealedElsewhere } from '../domain/definition/key/rotate.ts'
import { sealedColumn as webhook_secrets } from '../domain/flow/webhook/secret.ts'
import { sealedColumn as pack_index_headers } from '../domain/packs/pack-index/queries.ts'

/** Encrypted columns of wings that keys know nothing of. */
export const sealedElsewhere: SealedElsewhere = { webhook_secrets, pack_index_headers }
