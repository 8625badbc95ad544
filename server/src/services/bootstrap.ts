import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Identity } from '../domain/access/identity/identity.ts'
import { hashPassword } from '../domain/access/identity/password.ts'
import * as identities from '../domain/access/identity/queries.ts'
import { loadPack } from '../domain/packs/registrar/load.ts'
import { hasManager } from '../domain/access/permission/managing.ts'
import { keptSecret } from '../config/home.ts'
import type { Platform } from './platform.ts'

const packsFolder = new URL('../../../packs/', import.meta.url)
const ADMIN = 'admin'

type Beginning = Pick<Platform, 'database' | 'settings' | 'log' | 'cipher'>

/**
 * Brings what a first start needs: the core pack, the account `admin` and, unless it is not wanted, the examples
 * pack. Idempotent: a later start only loads packs whose files changed. Answers the password when it is new.
 *
 * Only an account that this start makes becomes an administrator, and only while nobody manages permissions: a start
 * gives nothing to an account that is there, whatever it is called.
 */
export async function bootstrap(
  platform: Beginning,
  home: string,
): Promise<{ admin_password: string | undefined }> {
  const { database, settings, log, cipher } = platform
  const loading = { registered_by: null, log, cipher }
  await loadPack(database, fileURLToPath(new URL('core', packsFolder)), { ...loading, is_standard: true })
  const first = (await hasManager(database)) ? undefined : await makeAdmin(platform, home)
  if (settings.demo) {
    await loadPack(database, fileURLToPath(new URL('examples', packsFolder)), {
      ...loading,
      registered_by: first?.admin.id ?? null,
      is_standard: false,
    })
  }
  return { admin_password: first?.password }
}

/**
 * The first administrator, with core.admin in the transaction that makes the account. The password is random, shown
 * once, and kept where only the owner of the home can read it.
 */
async function makeAdmin(
  { database, log }: Beginning,
  home: string,
): Promise<{ admin: Identity; password: string } | undefined> {
  const found = await identities.findByLogin(database, ADMIN)
  if (found !== undefined) {
    log.warn(
      'nobody manages permissions, and the account admin that is there is given nothing; assign core.admin in the database: see docs/access.md',
    )
    return undefined
  }
  const { secret: password } = await keptSecret(home, 'admin-password', () =>
    randomBytes(12).toString('base64url'),
  )
  const account = { login: ADMIN, display_name: 'Administrator', password_hash: await hashPassword(password) }
  const admin = await database.transaction(async (tx) => {
    const made = await identities.createIfAbsent(tx, account)
    if (made !== undefined) await identities.assign(tx, ADMIN, 'core.admin')
    return made
  })
  return admin === undefined ? undefined : { admin, password }
}
