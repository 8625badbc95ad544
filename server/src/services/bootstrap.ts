import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { hashPassword } from '../domain/identity/password.ts'
import * as identities from '../domain/identity/queries.ts'
import { loadPack } from '../domain/pack/load.ts'
import { hasManager } from '../domain/permission/managing.ts'
import { keptSecret } from '../home.ts'
import type { Platform } from './platform.ts'

const packsFolder = new URL('../../../packs/', import.meta.url)
const ADMIN = 'admin'

type Beginning = Pick<Platform, 'database' | 'settings' | 'log' | 'cipher'>

/**
 * Brings what a first start needs: the core pack, the account `admin` and, unless it is not wanted, the examples
 * pack. Idempotent: a later start only loads packs whose files changed. Answers the password when it is new.
 *
 * The account is made, and made an administrator, only while nobody manages permissions. Once somebody does, an account
 * of that name is one like any other: whoever makes it anew must not get everything with the next start.
 */
export async function bootstrap(
  platform: Beginning,
  home: string,
): Promise<{ admin_password: string | undefined }> {
  const { database, settings, log, cipher } = platform
  const first = !(await hasManager(database))
  const admin_password = first ? await ensureAdmin(platform, home) : undefined
  const admin = await identities.findByLogin(database, ADMIN)
  const owner = { registered_by: admin?.id ?? null, log, cipher }
  await loadPack(database, fileURLToPath(new URL('core', packsFolder)), { ...owner, is_standard: true })
  if (first) await identities.assign(database, ADMIN, 'core.admin')
  if (settings.demo) {
    await loadPack(database, fileURLToPath(new URL('examples', packsFolder)), {
      ...owner,
      is_standard: false,
    })
  }
  return { admin_password }
}

/** The password is random, shown once, and kept where only the owner of the home can read it. */
async function ensureAdmin({ database }: Beginning, home: string): Promise<string | undefined> {
  if ((await identities.findByLogin(database, ADMIN)) !== undefined) return undefined
  const { secret } = await keptSecret(home, 'admin-password', () => randomBytes(12).toString('base64url'))
  const password_hash = await hashPassword(secret)
  const made = await identities.createIfAbsent(database, {
    login: ADMIN,
    display_name: 'Administrator',
    password_hash,
  })
  return made === undefined ? undefined : secret
}
