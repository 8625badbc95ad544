import { describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { selfSigned } from '../../../../test/certificate.ts'
import { fixture } from '../../../../test/fixture.ts'
import { type LdapEntry, startLdapServer } from '../../../../test/ldap-server.ts'
import { sessionSettings } from '../../../../test/session.ts'
import { sql } from '../../../database/sql.ts'
import { limits } from '../login-attempt/limit.ts'
import { createDirectory } from './directory.ts'
import { ldapRoutes } from './routes.ts'
import type { LdapSettings } from './settings.ts'

const people = 'ou=people,dc=example'
const reader = { dn: 'cn=reader,dc=example', password: 'may read' }

const entries: LdapEntry[] = [
  { ...reader, attributes: {} },
  {
    dn: `uid=ada,${people}`,
    password: 'engine',
    attributes: {
      uid: ['ada'],
      mail: ['ada@example.org'],
      cn: ['Ada Lovelace'],
      memberof: ['cn=ops,dc=example', 'cn=dev,dc=example'],
    },
  },
  {
    dn: `uid=grace,${people}`,
    password: 'compiler',
    attributes: { uid: ['grace'], mail: ['twin@example.org'] },
  },
  {
    dn: `uid=hopper,${people}`,
    password: 'compiler',
    attributes: { uid: ['hopper'], mail: ['twin@example.org'] },
  },
  { dn: `uid=x\\2cou\\3dpeople,${people}`, password: 'odd', attributes: { uid: ['x,ou=people'] } },
]

const usual: LdapSettings = {
  enabled: true,
  user_filter: '(uid={login})',
  login_attr: 'uid',
  email_attr: 'mail',
  display_name_attr: 'cn',
  group_attr: 'memberOf',
  starttls: false,
  danger_skip_tls_verify: false,
  provider_name: 'ldap',
}
const direct = { ...usual, bind_dn_template: `uid={login},${people}` }
const searching = {
  ...usual,
  user_search_base: people,
  search_bind_dn: reader.dn,
  search_bind_password: reader.password,
}

const ldap = await fixture(startLdapServer({ entries }))
const api = await fixture(
  startApi(({ tokens }) =>
    ldapRoutes({
      session: sessionSettings(tokens),
      settings: searching,
      directory: createDirectory({ ...searching, url: ldap.url }),
    }),
  ),
)

let address = 0
const logIn = (login: string, password: string) =>
  api.server.inject({
    method: 'POST',
    url: '/auth/ldap/login',
    payload: { login, password },
    remoteAddress: `192.0.2.${(address += 1)}`,
  })

describe('logging in with the password of a directory', () => {
  test('makes an account with roles of the groups', async () => {
    const { statusCode, json } = await logIn('ada', 'engine')

    expect(statusCode).toBe(200)
    const { data } = json<{ data: { access_token: string; user: { id: number } } }>()
    expect(data.user).toMatchObject({ login: 'ada', display_name: 'Ada Lovelace' })
    expect(await api.tokens.verify(data.access_token)).toMatchObject({ sub: String(data.user.id) })
    const roles = await api.db.many(sql`
      select role, source, managed from identity_role_assignment where identity = ${data.user.id} order by role`)
    expect(roles).toEqual([
      { role: 'cn=dev,dc=example', source: 'ldap', managed: true },
      { role: 'cn=ops,dc=example', source: 'ldap', managed: true },
    ])
    const again = await logIn('ADA', 'engine')
    expect(again.json()).toMatchObject({ data: { user: { id: data.user.id } } })
  })

  test('a wrong password, an unknown login and a login of several people are refused alike', async () => {
    const answers = [
      await logIn('ada', 'wrong'),
      await logIn('nobody', 'wrong'),
      await logIn('twin@example.org', 'compiler'),
    ]

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401])
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  })

  test.each(['*', 'a*', 'ada)(|(uid=*', 'x)(objectClass=*', 'ada\\', 'ada,ou=people'])(
    'the login %j finds nobody else',
    async (login) => {
      expect((await logIn(login, 'engine')).statusCode).toBe(401)
    },
  )

  test('however a login is spelt, its guesses are counted together', async () => {
    const guess = (login: string) =>
      api.server.inject({
        method: 'POST',
        url: '/auth/ldap/login',
        payload: { login, password: 'wrong' },
        remoteAddress: '198.51.100.27',
      })
    const spellings = [
      'ada',
      'a\u00adda',
      'ad\u200ba',
      ' ada',
      'a  da',
      'ADA',
      '\uff41da',
      'a\u0301da',
      'ada\u3000',
    ]

    const statuses: number[] = []
    for (const login of spellings) statuses.push((await guess(login)).statusCode)

    const { burst } = limits.login_at_address
    expect(statuses).toEqual(spellings.map((_, index) => (index < burst ? 401 : 429)))
  })

  test('a frozen account stays outside', async () => {
    await logIn('grace', 'compiler')
    await api.db.run(sql`update identity set frozen = true where login = 'grace'`)

    expect((await logIn('grace', 'compiler')).statusCode).toBe(403)
  })

  test('no password is no password', async () => {
    expect((await logIn('ada', '')).statusCode).toBe(422)
    expect(
      await createDirectory({ ...direct, url: ldap.url })({ login: 'ada', password: '' }),
    ).toBeUndefined()
    expect(ldap.asked).not.toContainEqual(expect.objectContaining({ kind: 'bind', password: '' }))
  })

  test('without a directory there is no such way in', async () => {
    const none = await startApi(({ tokens }) =>
      ldapRoutes({ session: sessionSettings(tokens), settings: usual, directory: undefined }),
    )
    const { status } = await none.call('POST /auth/ldap/login', { body: { login: 'a', password: 'b' } })
    const malformed = await none.call('POST /auth/ldap/login', { body: { login: 'a' } })
    await none.close()

    expect([status, malformed.status]).toEqual([501, 422])
  })

  test('an unknown login takes as many steps as a known one', async () => {
    const stepsOf = async (login: string) => {
      const before = ldap.asked.length
      await logIn(login, 'wrong')
      return ldap.asked.slice(before).map(({ kind }) => kind)
    }

    expect(await stepsOf('nobody')).toEqual(await stepsOf('ada'))
  })
})

describe('binding directly', () => {
  const ask = (login: string, password: string, more: Partial<LdapSettings> = {}) =>
    createDirectory({ ...direct, ...more, url: ldap.url })({ login, password })

  test('knows the person by the name of their entry', async () => {
    expect(await ask('ada', 'engine')).toMatchObject({ dn: `uid=ada,${people}`, mail: 'ada@example.org' })
    expect(await ask('ada', 'wrong')).toBeUndefined()
    expect(await ask('nobody', 'engine')).toBeUndefined()
  })

  test('a login cannot write its own name', async () => {
    expect(await ask('x,ou=people', 'odd')).toMatchObject({ uid: 'x,ou=people' })
    expect(await ask(`ada,${people}#`, 'engine')).toBeUndefined()
  })

  test('as another kind of name takes plain logins only, and looks the person up', async () => {
    const template = { bind_dn_template: 'EXAMPLE\\{login}', user_search_base: people }
    const windows = await startLdapServer({
      entries: [...entries, { dn: 'EXAMPLE\\ada', password: 'engine', attributes: {} }],
    })
    const directory = createDirectory({ ...usual, ...template, url: windows.url })

    const ada = await directory({ login: 'ada', password: 'engine' })
    const asked = windows.asked.length
    const odd = await directory({ login: 'ada\\,x', password: 'engine' })
    await windows.close()

    expect(ada).toMatchObject({ dn: `uid=ada,${people}` })
    expect(odd).toBeUndefined()
    expect(windows.asked).toHaveLength(asked)
  })
})

describe('TLS', () => {
  const { cert, key } = selfSigned()

  test('begins before anything is sent', async () => {
    const server = await startLdapServer({ entries, tls: { cert, key } })
    const entry = await createDirectory({ ...searching, starttls: true, ca: cert, url: server.url })({
      login: 'ada',
      password: 'engine',
    })
    await server.close()

    expect(entry).toMatchObject({ uid: 'ada' })
    const rest = server.asked.filter(({ kind }) => kind !== 'starttls')
    expect(rest).toHaveLength(3)
    expect(rest.every((one) => 'encrypted' in one && one.encrypted)).toBe(true)
  })

  test.each([
    ['is refused', {}, {}],
    ['brings a certificate that nobody vouches for', { tls: { cert, key } }, {}],
    ['brings another certificate', { tls: { cert, key } }, { ca: selfSigned().cert }],
  ])('that %s ends the login before a password is sent', async (_, serving, trusting) => {
    const server = await startLdapServer({ entries, ...serving })
    const directory = createDirectory({ ...direct, ...trusting, starttls: true, url: server.url })

    await expect(directory({ login: 'ada', password: 'engine' })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    await server.close()

    expect(server.asked.map(({ kind }) => kind)).toEqual(['starttls'])
  })
})

test('a directory that is away, or refuses to search, is no wrong password', async () => {
  const away = createDirectory({ ...direct, url: 'ldap://127.0.0.1:9' })
  await expect(away({ login: 'ada', password: 'engine' })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
  })

  const strict = await startLdapServer({ entries, searchers: ['cn=other'] })
  const refused = createDirectory({ ...searching, url: strict.url })
  await expect(refused({ login: 'ada', password: 'engine' })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
  })
  const wrongReader = createDirectory({ ...searching, search_bind_password: 'wrong', url: strict.url })
  await expect(wrongReader({ login: 'ada', password: 'engine' })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
  })
  await strict.close()
})
