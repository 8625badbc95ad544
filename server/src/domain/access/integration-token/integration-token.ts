import { type Static, Type } from 'typebox'
import { id, nullable, timestamp } from '../../../database/row.ts'

/** A credential for programs that act as an account. The secret itself is not stored, only its hash. */
export const IntegrationToken = Type.Object({
  id: id('integration_token'),
  identity: id('identity'),
  label: Type.String(),
  description: nullable(Type.String()),
  token_hash: Type.String(),
  token_prefix: Type.String(),
  token_suffix: Type.String(),
  created_by: nullable(id('identity')),
  expires_at: nullable(timestamp),
  last_used_at: nullable(timestamp),
  last_used_ip: nullable(Type.String()),
  revoked_at: nullable(timestamp),
  revoked_by: nullable(id('identity')),
  revocation_reason: nullable(Type.String()),
  created: timestamp,
  updated: timestamp,
})
export type IntegrationToken = Static<typeof IntegrationToken>

/** A token as callers see it. */
export const IntegrationTokenDetail = Type.Object(
  {
    id: id('integration_token'),
    identity_id: id('identity'),
    label: Type.String(),
    description: nullable(Type.String()),
    token_prefix: Type.String({ description: 'The first 18 characters of the secret.' }),
    token_suffix: Type.String({ description: 'The last 6 characters of the secret.' }),
    created_by: nullable(id('identity')),
    expires_at: nullable(timestamp),
    last_used_at: nullable(timestamp),
    last_used_ip: nullable(Type.String()),
    revoked_at: nullable(timestamp),
    revoked_by: nullable(id('identity')),
    revocation_reason: nullable(Type.String()),
    active: Type.Boolean({ description: 'Neither revoked nor expired.' }),
    created: timestamp,
    updated: timestamp,
  },
  { title: 'IntegrationTokenDetail' },
)
export type IntegrationTokenDetail = Static<typeof IntegrationTokenDetail>
