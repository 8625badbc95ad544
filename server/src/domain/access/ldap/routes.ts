import { Type } from 'typebox'
import { call, item, type Route } from '../../../http/route.ts'
import { sessionAnswer } from '../../../http/session-cookie.ts'
import { Problem } from '../../../problem.ts'
import { adopt } from '../identity/provider-account.ts'
import { recordLogin } from '../identity/audit.ts'
import { begin } from '../login-attempt/attempt.ts'
import { frozen, OpenSession, openSession, type SessionSettings } from '../session/open.ts'
import type { Directory } from './directory.ts'
import { personOf } from './entry.ts'
import type { LdapSettings } from './settings.ts'

/** `directory` is undefined where none is configured. */
export type LdapDeps = { session: SessionSettings; settings: LdapSettings; directory: Directory | undefined }

/** Logging in with the password of a directory. */
export function ldapRoutes({ session, settings, directory }: LdapDeps): Route[] {
  return [
    call({
      method: 'POST',
      path: '/auth/ldap/login',
      summary: 'Log in with the password of the directory',
      tag: 'auth',
      access: 'public',
      guard: 'credential',
      body: Type.Object(
        {
          login: Type.String({ minLength: 1, maxLength: 255 }),
          password: Type.String({ minLength: 1, maxLength: 512 }),
        },
        { additionalProperties: false },
      ),
      success: { 200: item(OpenSession) },
      refusals: [401, 403, 429, 501, 503],
      async handle({ database, body, headers, ...from }) {
        if (directory === undefined)
          throw new Problem('NOT_IMPLEMENTED', 'No directory is configured; set security.ldap.')
        const { login } = body
        const attempt = await begin(database, { provider: 'ldap', login, client_ip: from.client_ip })
        const kind = 'auth.login'
        const details = { provider: 'ldap' }
        const entry = await directory(body)
        if (entry === undefined) {
          await recordLogin(database, { kind, outcome: 'failure', who: undefined, details }, from)
          throw new Problem('UNAUTHORIZED', 'Login or password is wrong.')
        }
        const data = await database.transaction(async (tx) => {
          const who = await adopt(tx, personOf(entry, settings))
          if (!who.frozen) await attempt.succeeded(tx)
          const outcome = who.frozen ? 'failure' : 'success'
          await recordLogin(tx, { kind, outcome, who, details }, from)
          return who.frozen ? undefined : openSession(tx, session, { holder: who, provider: 'ldap' }, from)
        })
        if (data === undefined) throw frozen()
        return sessionAnswer(data, headers, session)
      },
    }),
  ]
}
