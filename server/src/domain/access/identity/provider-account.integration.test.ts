import { expect, test } from 'vitest'
import { openFreshDatabase } from '../../../../test/database.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { adopt, type ProviderPerson } from './provider-account.ts'

const { db } = await fixture(openFreshDatabase())

type OidcPerson = Extract<ProviderPerson, { provider: 'oidc' }>

function person(subject: string, more: Partial<OidcPerson> = {}): OidcPerson {
  const issuer = 'https://idp.example'
  return {
    provider: 'oidc',
    issuer,
    subject,
    display_name: null,
    logins: [],
    groups: [],
    profile: { issuer, sub: subject },
    ...more,
  }
}

const adopted = (one: ProviderPerson) => db.transaction((tx) => adopt(tx, one))

function rolesOf(identity: number) {
  return db.many<{ role: string; source: string; managed: boolean }>(sql`
    select role, source, managed from identity_role_assignment where identity = ${identity} order by role`)
}

test('a person has one account, whatever else changes', async () => {
  const first = await adopted(person('one', { logins: ['ada@example.org'], display_name: 'Ada' }))
  const second = await adopted(person('one', { logins: ['lovelace@example.org'], display_name: 'Ada L.' }))

  expect(second).toMatchObject({ id: first.id, login: 'ada@example.org', display_name: 'Ada L.' })
})

test('the same subject at another provider is another person', async () => {
  const one = await adopted(person('shared'))
  const issuer = 'https://other.example'
  const other = await adopted(person('shared', { issuer, profile: { issuer, sub: 'shared' } }))

  expect(other.id).not.toBe(one.id)
})

test('an account of ours is not taken over by a person with its login', async () => {
  const local = await given.identity(db, { login: 'boss@example.org' })

  const stranger = await adopted(person('stranger', { logins: ['boss@example.org', 'boss'] }))
  const another = await adopted(person('another', { logins: ['boss@example.org', 'boss'] }))

  expect(stranger.id).not.toBe(local.id)
  expect(stranger.login).toBe('boss')
  expect(another.login).toMatch(/^oidc:[0-9a-f]{24}$/)
})

test('nobody gets the account of a sensor', async () => {
  const { login } = await adopted(person('sneaky', { logins: ['sensor:core.timer'] }))

  expect(login).toMatch(/^oidc:/)
})

test('a first login in two places at once makes one account', async () => {
  const both = await Promise.all(
    Array.from({ length: 8 }, () => adopted(person('twice', { logins: ['twice@example.org'] }))),
  )

  expect(new Set(both.map(({ id }) => id)).size).toBe(1)
})

test('groups are managed roles: new ones come, old ones go, what a person gave stays', async () => {
  const { id } = await adopted(person('grouped', { groups: ['ops', ' dev ', '', 'ops'] }))
  await db.run(sql`insert into identity_role_assignment (identity, role) values (${id}, 'by hand')`)
  expect(await rolesOf(id)).toEqual([
    { role: 'by hand', source: 'manual', managed: false },
    { role: 'dev', source: 'oidc', managed: true },
    { role: 'ops', source: 'oidc', managed: true },
  ])

  await adopted(person('grouped', { groups: ['dev', 'by hand'] }))
  expect(await rolesOf(id)).toEqual([
    { role: 'by hand', source: 'manual', managed: false },
    { role: 'dev', source: 'oidc', managed: true },
  ])

  await adopted(person('grouped'))
  expect(await rolesOf(id)).toEqual([{ role: 'by hand', source: 'manual', managed: false }])
})

test('an entry of a directory is one person in any case of its name', async () => {
  const entry = (distinguished_name: string): ProviderPerson => ({
    provider: 'ldap',
    distinguished_name,
    display_name: null,
    logins: ['grace'],
    groups: [],
    profile: { distinguished_name },
  })

  const first = await adopted(entry('uid=grace,ou=People,dc=example'))
  const second = await adopted(entry('UID=Grace,OU=people,DC=example'))

  expect(second.id).toBe(first.id)
})

test('what the provider says leaves other attributes alone', async () => {
  const { id } = await adopted(person('noted'))
  await db.run(sql`update identity set attributes = attributes || '{"team": "blue"}' where id = ${id}`)

  const { attributes } = await adopted(
    person('noted', { profile: { issuer: 'https://idp.example', sub: 'noted', email: 'n@x' } }),
  )

  expect(attributes).toMatchObject({ team: 'blue', oidc: { email: 'n@x' } })
})
