import { expect, test } from 'vitest'
import type { JsonObject } from '../../../json.ts'
import { checkTimer } from './timer.ts'

const interval = 'core.intervaltimer'

test.each<[string, JsonObject]>([
  [interval, { unit: 'seconds', interval: 1 }],
  [interval, { unit: 'days', interval: 30 }],
  [interval, {}],
  [interval, { unit: null, interval: null }],
  ['core.crontimer', { expression: '0 * * * * *' }],
  ['demo.pushed', { branch: '{{ anything }}' }],
])('%s takes %j', (trigger_ref, params) => {
  expect(checkTimer(trigger_ref, params)).toEqual([])
})

test.each<[string, JsonObject, string]>([
  [interval, { interval: 0 }, 'trigger_params.interval'],
  [interval, { interval: -5 }, 'trigger_params.interval'],
  [interval, { interval: 1.5 }, 'trigger_params.interval'],
  [interval, { interval: '5' }, 'trigger_params.interval'],
  [interval, { unit: 'fortnights', interval: 1 }, 'trigger_params.unit'],
  [interval, { interval: '{{ event.payload.n }}' }, 'trigger_params.interval'],
  ['core.crontimer', { expression: '{{ pack.config.when }}' }, 'trigger_params.expression'],
  ['core.rruletimer', { by_day: ['MO', '{{ config.day }}'] }, 'trigger_params.by_day[1]'],
  ['core.datetimetimer', { nested: { fire_at: '{{ x }}' } }, 'trigger_params.nested.fire_at'],
])('%s refuses %j and names %s', (trigger_ref, params, field) => {
  expect(checkTimer(trigger_ref, params).map((problem) => problem.field)).toEqual([field])
})
