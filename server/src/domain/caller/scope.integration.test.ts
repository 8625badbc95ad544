import fc from 'fast-check'
import { expect, test } from 'vitest'
import { json, sql } from '../../database/sql.ts'
import type { Caller } from './caller.ts'
import type { Constraints, Grant } from './permission.ts'
import { toId } from '../../id.ts'
import type { Target } from './constraint.ts'
import type { TargetColumns } from './constraint-rows.ts'
import { openFreshDatabase } from '../../../test/database.ts'
import { fixture } from '../../../test/fixture.ts'
import { allowedRows, allows } from './scope.ts'

const { db } = await fixture(openFreshDatabase())

const refs = fc.subarray(['demo', 'other', 'demo.one', 'demo.two'])
const constraint: fc.Arbitrary<Constraints> = fc.record(
  {
    pack_refs: refs,
    refs,
    ids: fc.subarray([1, 2, 3]),
    owner: fc.constantFrom('self' as const, 'any' as const, 'none' as const),
    owner_types: fc.subarray(['system', 'pack']),
    owner_refs: refs,
    visibility: fc.subarray(['public', 'private']),
    execution_scope: fc.constantFrom('self' as const, 'descendants' as const, 'any' as const),
    encrypted: fc.boolean(),
    attributes: fc.subarray(['blue', 'red']).map((teams) => ({ teams })),
  },
  { requiredKeys: [] },
)
const grant: fc.Arbitrary<Grant> = fc.record(
  {
    resource: fc.constantFrom('rules', 'rules', 'packs'),
    actions: fc.subarray(['read', 'update'], { minLength: 1 }),
    constraints: constraint,
  },
  { requiredKeys: ['resource', 'actions'] },
)
const target = fc.record({
  id: fc.constantFrom(1, 2, 3),
  ref: fc.constantFrom('demo.one', 'demo.two', 'other.one'),
  pack_ref: fc.constantFrom('demo', 'other', null),
  owner: fc.constantFrom(toId<'identity'>(7), toId<'identity'>(8), null),
  owner_type: fc.constantFrom('system', 'pack'),
  owner_ref: fc.constantFrom('demo', 'demo.one', null),
  visibility: fc.constantFrom('public', 'private'),
  encrypted: fc.boolean(),
  execution: fc.constantFrom(...[1, 2, 7].map((id) => toId<'execution'>(id))),
  parent: fc.constantFrom(toId<'execution'>(1), toId<'execution'>(7), null),
  above: fc.subarray([1, 2, 7].map((id) => toId<'execution'>(id))),
  ancestors: fc.subarray([toId<'identity'>(7), toId<'identity'>(8)]),
}) satisfies fc.Arbitrary<Target>

test('the rows of a list are the targets that are allowed one by one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(grant, { maxLength: 4 }),
      fc.array(target, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (grants, targets, ofExecution) => {
        const caller = callerWith(grants, ofExecution)
        const rows = await db.many<{ place: number }>(sql`
          select place::int
          from json_array_elements(${json(targets)}) with ordinality as a (t, place)
          where ${allowedRows(caller, ['rules', 'read'], columns)}
          order by place`)
        expect(rows.map(({ place }) => place)).toEqual(
          targets.flatMap((one, at) => (allows(caller, ['rules', 'read'], one) ? [at + 1] : [])),
        )
      },
    ),
    { numRuns: 300 },
  )
})

/** The fields of a target, of the JSON `t`. */
const columns: TargetColumns = {
  id: sql`(t ->> 'id')::bigint`,
  ref: sql`t ->> 'ref'`,
  pack_ref: sql`t ->> 'pack_ref'`,
  owner: sql`(t ->> 'owner')::bigint`,
  owner_type: sql`t ->> 'owner_type'`,
  owner_ref: sql`t ->> 'owner_ref'`,
  visibility: sql`t ->> 'visibility'`,
  encrypted: sql`(t ->> 'encrypted')::boolean`,
  execution: sql`(t ->> 'execution')::bigint`,
  parent: sql`(t ->> 'parent')::bigint`,
  above: sql`select value::bigint from json_array_elements_text(t -> 'above')`,
  ancestors: sql`select value::bigint from json_array_elements_text(t -> 'ancestors')`,
}

function callerWith(grants: readonly Grant[], ofExecution: boolean): Caller {
  const identity = toId<'identity'>(7)
  return ofExecution
    ? {
        kind: 'execution',
        execution: toId<'execution'>(1),
        runs_as: identity,
        action_ref: 'demo.act',
        permission_set_refs: [],
        grants,
      }
    : { kind: 'access', identity, login: 'ada', attributes: { teams: ['blue'] }, grants }
}

test('self is for an execution what it started, and never the account that it runs as', () => {
  const [own, other] = [toId<'execution'>(1), toId<'execution'>(7)]
  const owner = toId<'identity'>(7)
  const reads = (constraints: Constraints, one: Target) =>
    allows(callerWith([{ resource: 'rules', actions: ['read'], constraints }], true), ['rules', 'read'], one)

  expect(reads({ owner: 'self' }, { owner })).toBe(false)
  expect(reads({ execution_scope: 'self' }, { owner, execution: other, parent: null })).toBe(false)
  expect(reads({ execution_scope: 'descendants' }, { owner, ancestors: [owner], execution: other })).toBe(
    false,
  )
  expect(reads({ execution_scope: 'self' }, { execution: own })).toBe(true)
  expect(reads({ execution_scope: 'self' }, { execution: other, parent: own })).toBe(true)
  expect(reads({ execution_scope: 'self' }, { execution: other, above: [own] })).toBe(false)
  expect(reads({ execution_scope: 'descendants' }, { execution: other, above: [other, own] })).toBe(true)
})

test('a constraint that is not known, or on what the target lacks, holds for nothing', () => {
  const unknown: Grant = JSON.parse('{"resource":"rules","actions":["read"],"constraints":{"colour":"red"}}')
  expect(allows(callerWith([unknown], false), ['rules', 'read'], { ref: 'demo.one' })).toBe(false)
  const narrow: Grant = { resource: 'rules', actions: ['read'], constraints: { pack_refs: ['demo'] } }
  expect(allows(callerWith([narrow], false), ['rules', 'read'], { ref: 'demo.one' })).toBe(false)
})
