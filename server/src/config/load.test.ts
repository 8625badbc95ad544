import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Problem } from '../problem.ts'
import { loadSettings } from './load.ts'

const good = 'q7Zr-3vN_8sLwXc0BtYe2HdPfKmUa9Gj'

async function refusalOf(env: Record<string, string>): Promise<string> {
  const outcome = await loadSettings(env).catch((error: unknown) => error)
  if (!(outcome instanceof Problem)) throw new Error('It was not refused.')
  return outcome.message
}

test('nothing has to be said: every section has its defaults, those inside of others too', async () => {
  const { settings, warnings } = await loadSettings({})

  expect(warnings).toEqual([])
  expect(settings.security).toMatchObject({
    allow_self_registration: false,
    login_page: { show_local_login: true },
    oidc: { enabled: false, scopes: [], provider_name: 'oidc' },
    ldap: { enabled: false, user_filter: '(uid={login})', group_attr: 'memberOf' },
  })
})

test.each(['JWT_SECRET', 'ACCESS_TOKEN_SECRET', 'ENCRYPTION_KEY', 'BOOTSTRAP_TOKEN'])(
  'a weak %s stops the start, and the message says how to make one and not what it was',
  async (name) => {
    const message = await refusalOf({ [`ATTUNE__SECURITY__${name}`]: 'hunter2-hunter2' })

    expect(message).toContain(`security.${name.toLowerCase()} must have 32 bytes or more`)
    expect(message).toContain('openssl rand -base64 32')
    expect(message).not.toContain('hunter2')
  },
)

test.each([
  ['JWT_SECRET', 'ENCRYPTION_KEY'],
  ['JWT_SECRET', 'ACCESS_TOKEN_SECRET'],
  ['ACCESS_TOKEN_SECRET', 'BOOTSTRAP_TOKEN'],
])('one secret for two purposes is refused: %s and %s', async (one, other) => {
  const env = { [`ATTUNE__SECURITY__${one}`]: good, [`ATTUNE__SECURITY__${other}`]: good }
  expect(await refusalOf(env)).toContain(`security.${one.toLowerCase()} is used for something else too`)
})

test('a secret deep inside is read from a mounted file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'attune-settings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'secret')
  await writeFile(file, `${good}\n`)

  const { settings, warnings } = await loadSettings({
    ATTUNE__SECURITY__OIDC__CLIENT_SECRET_FILE: file,
    ATTUNE__SECURITY__LDAP__SEARCH_BIND_PASSWORD_FILE: file,
    ATTUNE__SECURITY__JWT_SECRET_FILE: file,
  })

  expect(warnings).toEqual([])
  expect(settings.security.oidc.client_secret).toBe(good)
  expect(settings.security.ldap.search_bind_password).toBe(good)
  expect(settings.security.jwt_secret).toBe(good)
})

test('a mounted file that is not there stops the start', async () => {
  expect(await refusalOf({ ATTUNE__SECURITY__JWT_SECRET_FILE: '/nowhere/at/all' })).toContain(
    'jwt_secret_file names a file that cannot be read',
  )
})

test('what an identity provider needs must be there', async () => {
  const message = await refusalOf({ ATTUNE__SECURITY__OIDC__ENABLED: 'true' })

  for (const key of ['discovery_url', 'client_id', 'redirect_uri'])
    expect(message).toContain(`security.oidc.${key} is required`)
})

test('an identity provider on another machine is reached over TLS only', async () => {
  const env = {
    ATTUNE__SECURITY__OIDC__ENABLED: 'true',
    ATTUNE__SECURITY__OIDC__DISCOVERY_URL: 'http://idp.example.org',
    ATTUNE__SECURITY__OIDC__CLIENT_ID: 'attune',
    ATTUNE__SECURITY__OIDC__REDIRECT_URI: 'http://localhost:8080/auth/callback',
  }
  expect(await refusalOf(env)).toBe(
    'The configuration is not valid: security.oidc.discovery_url must be an https URL (http only on this machine).',
  )
})

test('a directory template without the login, which lets everybody be one person, is refused', async () => {
  const env = {
    ATTUNE__SECURITY__LDAP__ENABLED: 'true',
    ATTUNE__SECURITY__LDAP__URL: 'ldap://localhost',
    ATTUNE__SECURITY__LDAP__BIND_DN_TEMPLATE: 'cn=admin,dc=example,dc=org',
  }
  expect(await refusalOf(env)).toContain('security.ldap.bind_dn_template must hold {login}')
})

test('production lets nobody make accounts by themselves', async () => {
  const env = { ATTUNE__ENVIRONMENT: 'production', ATTUNE__SECURITY__ALLOW_SELF_REGISTRATION: 'true' }
  expect(await refusalOf(env)).toContain('security.allow_self_registration is not for production')
})
