import { type Static, Type } from 'typebox'
import { id, nullable, oneOf, timestamp } from '../../../database/row.ts'

/** How somebody came in. */
const providers = ['local', 'ldap', 'oidc', 'token'] as const
export type Provider = (typeof providers)[number]

/** A login that goes on: its tokens are good while the row is there. */
export const Session = Type.Object({
  id: id('session'),
  identity: id('identity'),
  provider: oneOf(providers),
  integration_token: nullable(id('integration_token')),
  generation: Type.Integer(),
  client_ip: Type.String(),
  user_agent: nullable(Type.String()),
  created: timestamp,
  last_used_at: timestamp,
  expires_at: timestamp,
})
export type Session = Static<typeof Session>

/** A session as callers see it. */
export const SessionDetail = Type.Object(
  {
    id: id('session'),
    identity_id: id('identity'),
    provider: oneOf(providers),
    integration_token_id: nullable(id('integration_token')),
    integration_token_label: nullable(Type.String()),
    client_ip: Type.String({ description: 'From where it began or was renewed last.' }),
    user_agent: nullable(Type.String()),
    current: Type.Boolean({ description: 'Whether it is the one that asks.' }),
    created: timestamp,
    last_used_at: Type.String({
      format: 'date-time',
      description:
        'When it began or was renewed last: it may have been used for as long as an access token lives since.',
    }),
    expires_at: timestamp,
  },
  { title: 'SessionDetail' },
)
export type SessionDetail = Static<typeof SessionDetail>
