import { Type } from 'typebox'
import { sessionAnswer } from '../../../http/session-cookie.ts'
import { call, item, type Route } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import { begin } from '../login-attempt/attempt.ts'
import { frozen, OpenSession, openSession, type SessionSettings } from '../session/open.ts'
import type { PasswordCheck } from '../identity/password.ts'
import * as identities from '../identity/queries.ts'
import { recordLogin } from '../identity/audit.ts'

const closed = { additionalProperties: false } as const
const tag = 'auth'

export function loginRoute(session: SessionSettings, check: PasswordCheck): Route {
  return call({
    method: 'POST',
    path: '/auth/login',
    summary: 'Log in with a password',
    tag,
    access: 'public',
    guard: 'credential',
    body: Type.Object(
      {
        login: Type.String({ minLength: 1, maxLength: 255 }),
        password: Type.String({ minLength: 1, maxLength: 1024 }),
      },
      closed,
    ),
    success: { 200: item(OpenSession) },
    refusals: [401, 403, 429],
    async handle({ database, body, headers, ...from }) {
      const { login, password } = body
      const attempt = await begin(database, { provider: 'local', login, client_ip: from.client_ip })
      const identity = await identities.findByLogin(database, login)
      const known = await check(password, identity?.password_hash ?? null)
      const kind = 'auth.login'
      if (identity === undefined || !known) {
        const details = { provider: 'local', reason: 'wrong login or password' }
        await recordLogin(database, { kind, outcome: 'failure', who: identity, details }, from)
        throw new Problem('UNAUTHORIZED', 'Login or password is wrong.')
      }
      if (identity.frozen) {
        const details = { provider: 'local', reason: 'the account is frozen' }
        await recordLogin(database, { kind, outcome: 'failure', who: identity, details }, from)
        throw frozen()
      }
      const opening = { holder: identity, provider: 'local', checked_hash: identity.password_hash } as const
      const data = await database.transaction(async (tx) => {
        const opened = await openSession(tx, session, opening, from)
        await attempt.succeeded(tx)
        const details = { provider: 'local' }
        await recordLogin(tx, { kind, outcome: 'success', who: identity, details }, from)
        return opened
      })
      return sessionAnswer(data, headers, session)
    },
  })
}
