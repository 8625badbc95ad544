import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Grant, resources } from '../../caller/permission.ts'
import { grantProblems } from './grant-rules.ts'

const fieldsOf = (grant: Grant) => grantProblems([grant]).map(({ field }) => field)

describe('grants that may be stored', () => {
  test.each<[string, Grant]>([
    ['without constraints', { resource: 'rules', actions: ['read', 'update'] }],
    ['with none', { resource: 'rules', actions: ['read'], constraints: {} }],
    [
      'on the packs of events',
      { resource: 'events', actions: ['read'], constraints: { pack_refs: ['demo'] } },
    ],
    ['on refs of runtimes', { resource: 'runtimes', actions: ['update'], constraints: { refs: ['demo.a'] } }],
    [
      'on refs of keys',
      { resource: 'keys', actions: ['decrypt'], constraints: { refs: ['a'], encrypted: true } },
    ],
    [
      'on who asks',
      { resource: 'audit_log', actions: ['read'], constraints: { attributes: { team: 'ops' } } },
    ],
    ['on packs of others', { resource: 'packs', actions: ['delete'], constraints: { owner: 'any' } }],
    [
      'on what one started',
      { resource: 'executions', actions: ['cancel'], constraints: { execution_scope: 'self' } },
    ],
  ])('%s', (_, grant) => {
    expect(grantProblems([grant])).toEqual([])
  })

  test('every action of every resource', () => {
    const grants = Object.entries(resources).map(([resource, actions]) => ({
      resource,
      actions: [...actions],
    }))

    expect(grantProblems(grants)).toEqual([])
  })
})

describe('grants that are refused, each by its place', () => {
  test.each<[string, Grant, string[]]>([
    ['an unknown resource', { resource: 'rule', actions: ['read'] }, ['grants.0.resource']],
    ['a resource of every object', { resource: 'constructor', actions: ['read'] }, ['grants.0.resource']],
    ['no action', { resource: 'rules', actions: [] }, ['grants.0.actions']],
    ['an action of another resource', { resource: 'permissions', actions: ['update'] }, ['grants.0.actions']],
    [
      'refs beside packs',
      { resource: 'rules', actions: ['read'], constraints: { refs: ['a.b'], pack_refs: ['a'] } },
      ['grants.0.constraints.refs'],
    ],
    [
      'ids',
      { resource: 'rules', actions: ['read'], constraints: { ids: [1] } },
      ['grants.0.constraints.ids'],
    ],
    [
      'refs of owners',
      { resource: 'keys', actions: ['read'], constraints: { owner_refs: ['a'] } },
      ['grants.0.constraints.owner_refs'],
    ],
    [
      'a constraint that never holds',
      { resource: 'permissions', actions: ['manage'], constraints: { refs: ['core.viewer'] } },
      ['grants.0.constraints.refs'],
    ],
    [
      'an empty list',
      { resource: 'rules', actions: ['read'], constraints: { pack_refs: [] } },
      ['grants.0.constraints.pack_refs'],
    ],
    [
      'a word that is none',
      { resource: 'artifacts', actions: ['read'], constraints: { visibility: ['hidden'] } },
      ['grants.0.constraints.visibility'],
    ],
  ])('%s', (_, grant, fields) => {
    expect(fieldsOf(grant)).toEqual(fields)
  })

  test('the grant that is wrong is named by its number', () => {
    const right = { resource: 'rules', actions: ['read'] }

    fc.assert(
      fc.property(fc.nat(20), (before) => {
        const grants = [
          ...Array.from({ length: before }, () => right),
          { resource: 'rules', actions: ['fly'] },
          right,
        ]

        expect(grantProblems(grants).map(({ field }) => field)).toEqual([`grants.${before}.actions`])
      }),
    )
  })
})
