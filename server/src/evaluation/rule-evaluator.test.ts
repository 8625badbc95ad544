import { afterAll, expect, test } from 'vitest'
import { evaluatorFor } from '../../test/evaluator.ts'
import type { RuleToEvaluate, Evaluator } from '../domain/definition/matching/evaluator.ts'
import { emptyKeystore } from '../domain/definition/matching/keystore.ts'
import type { Id } from '../id.ts'
import type { Json, JsonObject } from '../json.ts'

/* The thread runs what `npm run build` has compiled. */

const items = Array.from({ length: 16_000 }, (_, i) => ({ id: i, name: `item number ${i}` }))
const large = { items, text: 'ab'.repeat(20_000) }

const counted = { given_up: 0, stopped: 0 }
const evaluator = evaluatorFor({}, (how, count) => {
  counted[how] += count
})
afterAll(() => evaluator.close())

type Written = { conditions?: Json; action_params?: JsonObject; owner?: number }

async function asked(
  id: number,
  { conditions = {}, action_params = {}, owner = 1 }: Written,
  by: Evaluator = evaluator,
): Promise<RuleToEvaluate> {
  const definition = {
    id: id as Id<'rule'>,
    ref: `p.r${id}`,
    pack: 1 as Id<'pack'>,
    pack_ref: 'p',
    action: null,
    owner_identity: owner as Id<'identity'>,
    authority_set_refs: null,
    conditions,
    action_params,
    pack_config: {},
    conf_schema: null,
    param_schema: null,
    config_secrets: [],
    stamp: `${id} ${owner}`,
  }
  const [known] = await by.compile([definition])
  const { ref, stamp } = definition
  const account = `identity ${owner}`
  const candidate = {
    id: definition.id,
    ref,
    version: 1,
    enabled: true,
    trigger_enabled: true,
    trigger_ref: 'p.t',
    stamp,
    account,
  }
  return { candidate, known, keystore: emptyKeystore, may: { event: true, config: true } }
}

function evaluated(id: number, payload: Json) {
  const created = '2026-01-01T00:00:00.000Z'
  return { event: { id: id as Id<'event'>, trigger_ref: 'p.t', payload, created, rule: null }, now: created }
}

/** The longest that this loop was not served while `work` ran, in milliseconds. */
async function lag(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now()
  let worst = 0
  const timer = setInterval(() => {
    worst = Math.max(worst, performance.now() - last)
    last = performance.now()
  }, 5)
  await work()
  clearInterval(timer)
  return worst
}

const unique = 'length(unique(event.payload.items))'
const costly = { expression: `${[unique, unique, unique, unique, unique, unique].join(' + ')} == 1` }

test('80 costly rules and one event of 680 KB leave the loop to others, and the rules of others decide', async () => {
  const hostile = await Promise.all(
    Array.from({ length: 80 }, (_, i) => asked(i + 1, { conditions: costly })),
  )
  const other = await asked(81, { conditions: { expression: 'event.payload.items[3].id == 3' }, owner: 2 })
  const decisions: string[][] = []

  const worst = await lag(async () => {
    for (let event = 1; event <= 12; event += 1) {
      const [judgement] = await evaluator.decide({
        asked: [...hostile, other],
        events: [evaluated(event, large)],
      })
      decisions.push((judgement?.decisions ?? []).map(({ outcome, reason }) => `${outcome} ${reason ?? ''}`))
    }
  })

  expect(decisions.map((of) => of.at(-1))).toEqual(decisions.map(() => 'matched '))
  expect(decisions[0]?.[0]).toMatch(/^error The evaluation takes longer than 50 ms/)
  expect(decisions.at(-1)?.[0]).toMatch(/^error The rule is passed over until/)
  expect(decisions.flat().every((text) => /^(matched|error) /.test(text))).toBe(true)
  expect(counted.given_up).toBeGreaterThan(3)
  expect(worst).toBeLessThan(5000) // 97 s without a thread
}, 120_000)

test('a regular expression that does not look at a clock is stopped with its thread, and others go on', async () => {
  const own = evaluatorFor({}, (how, count) => {
    counted[how] += count
  })
  const bomb = await asked(
    1,
    { conditions: [{ field: 'text', operator: 'matches', value: '((a|b|c|d){100}){9}' }] },
    own,
  )
  const other = await asked(2, { owner: 2 }, own)
  const before = counted.stopped
  const text = 'ab'.repeat(8000)

  const [judgement] = await own.decide({ asked: [bomb, other], events: [evaluated(1, { text })] })

  const [first, second] = judgement?.decisions ?? []
  expect(second?.outcome).toBe('matched')
  expect(first?.outcome === 'error' || counted.stopped === before).toBe(true)
  await own.close()
}, 60_000)

test('a thread that is gone is begun anew and knows the rules again', async () => {
  const own = evaluatorFor()
  const rule = await asked(1, {}, own)
  const hog = await asked(2, { conditions: { expression: 'length(range(0, 100000)) == 1' }, owner: 2 }, own)
  await own.decide({ asked: [rule, hog], events: [evaluated(1, {})] })

  const [again] = await own.decide({ asked: [rule], events: [evaluated(2, {})] })

  expect(again?.decisions).toMatchObject([{ outcome: 'matched' }])
  await own.close()
})

test('a document that repeats the payload stops at the limit, and all rules of an event share one', async () => {
  const own = evaluatorFor({ rule_bytes: 100_000, event_bytes: 400_000 })
  const text = 'x'.repeat(1000)
  const bomb = await asked(1, { action_params: { text: '{{ event.payload.text }}'.repeat(1000) } }, own)
  const greedy = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      asked(i + 2, { action_params: { text: '{{ event.payload.text }}'.repeat(60) } }, own),
    ),
  )
  const modest = await asked(99, { action_params: { text: '{{ event.payload.text }}' }, owner: 2 }, own)

  const [judgement] = await own.decide({ asked: [bomb, ...greedy, modest], events: [evaluated(1, { text })] })

  const decisions = judgement?.decisions ?? []
  expect(decisions[0]).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('more than 100000 bytes'),
  })
  expect(JSON.stringify(judgement?.fired).length).toBeLessThan(600_000)
  expect(decisions.filter(({ reason }) => reason?.includes('room'))).not.toEqual([])
  expect(decisions.at(-1)?.outcome).toBe('matched')
  await own.close()
})

test('a batch that takes too long is answered in part, never not at all', async () => {
  const own = evaluatorFor({ batch_ms: 1, account_ms: 60_000 })
  const rule = await asked(1, { conditions: costly }, own)
  const events = Array.from({ length: 20 }, (_, i) => evaluated(i + 1, large))

  const judgements = await own.decide({ asked: [rule], events })

  expect(judgements.length).toBeGreaterThan(0)
  expect(judgements.length).toBeLessThan(20)
  await own.close()
}, 60_000)

test('what takes too long to be compiled is a broken rule', async () => {
  const own = evaluatorFor()
  const patterns = Array.from({ length: 60 }, (_, i) => `match('(a?){90}(b?){90}(c|d){90}${i}', 'x')`)
  const rule = await asked(1, { conditions: { expression: patterns.join(' or ') } }, own)

  const [judgement] = await own.decide({ asked: [rule], events: [evaluated(1, {})] })

  expect(judgement?.decisions).toMatchObject([{ outcome: 'error' }])
  await own.close()
})
