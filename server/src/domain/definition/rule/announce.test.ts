import { expect, test } from 'vitest'
import { toId } from '../../../id.ts'
import { messagesFor } from './announce.ts'
import type { Rule } from './rule.ts'

const rule: Rule = {
  id: toId<'rule'>(1),
  ref: 'p.r',
  pack: toId<'pack'>(1),
  pack_ref: 'p',
  label: 'R',
  description: null,
  action: toId<'action'>(1),
  action_ref: 'p.a',
  trigger: toId<'trigger'>(1),
  trigger_ref: 'p.t',
  conditions: [],
  action_params: {},
  trigger_params: { interval: 1 },
  permission_set_refs: null,
  enabled: true,
  file_enabled: null,
  is_adhoc: true,
  authority_set_refs: null,
  owner_identity: null,
  version: 1,
  last_error: null,
  last_error_at: null,
  schedule_anchor: '2026-01-01T00:00:00Z',
  created: '2026-01-01T00:00:00Z',
  updated: '2026-01-01T00:00:00Z',
}
const off = { ...rule, enabled: false }
const moved = { ...rule, trigger_ref: 'p.other' }
const retuned = { ...rule, trigger_params: { interval: 2 } }

test.each([
  ['a new rule is created', undefined, rule, ['RuleCreated']],
  ['a new disabled rule too', undefined, off, ['RuleCreated']],
  ['a rule that goes is deleted', off, undefined, ['RuleDeleted']],
  ['a rule switched off', rule, off, ['RuleDisabled']],
  ['a rule switched on', off, rule, ['RuleEnabled']],
  ['other parameters of the trigger', rule, retuned, ['RuleEnabled']],
  ['another trigger', rule, moved, ['RuleDisabled', 'RuleEnabled']],
  ['another trigger, switched off at once', rule, { ...moved, enabled: false }, ['RuleDisabled']],
  ['another trigger, switched on at once', off, moved, ['RuleEnabled']],
  ['changes of what no sensor works with', rule, { ...rule, label: 'X', action_params: { a: 1 } }, []],
  ['changes of a rule that stays off', off, { ...moved, ...retuned, enabled: false }, []],
  ['nothing at all', undefined, undefined, []],
])('%s: %#', (_, before, after, said) => {
  expect(messagesFor({ before, after })).toEqual(said)
})
