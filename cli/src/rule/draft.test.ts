import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { Failure } from '../failure.ts'
import { ruleFromFile, ruleFromFlags, toRequest } from './draft.ts'

const input = { stdin: Readable.from([]), signal: new AbortController().signal }

test('what is not given as a flag is not in the draft, so that the file keeps it', async () => {
  expect(await ruleFromFlags(undefined, {}, input)).toEqual({})
  expect(await ruleFromFlags('a.b', { disabled: true, conditions: '[]' }, input)).toEqual({
    ref: 'a.b',
    conditions: [],
    enabled: false,
  })
})

test('single parameters win over the object', async () => {
  const draft = await ruleFromFlags('a.b', { actionParams: '{"x": 1, "y": 2}', param: ['x=3'] }, input)

  expect(draft.action_params).toEqual({ x: 3, y: 2 })
})

test('--when and --conditions exclude each other', async () => {
  await expect(ruleFromFlags('a.b', { when: 'true', conditions: '{}' }, input)).rejects.toThrow(Failure)
})

test.each([
  [{ trigger_ref: 't', action_ref: 'a' }, 'PACK.NAME'],
  [{ ref: 'p.r', action_ref: 'a' }, '--trigger'],
  [{ ref: 'p.r', trigger_ref: 't' }, '--action'],
])('%j lacks what %s would give', (draft, remedy) => {
  expect(() => toRequest(draft)).toThrow(remedy)
})

test('names without a pack are of the pack of the rule', () => {
  expect(toRequest({ ref: 'on_big_file', pack_ref: 'p', trigger_ref: 't', action_ref: 'core.echo' })).toEqual(
    {
      ref: 'p.on_big_file',
      pack_ref: 'p',
      label: 'On Big File',
      trigger_ref: 'p.t',
      action_ref: 'core.echo',
    },
  )
})

test('the fields of a rule are accepted from a file, others are refused', () => {
  const rule = { ref: 'a.b', permission_set_refs: [], enabled: false }

  expect(ruleFromFile(rule)).toEqual(rule)
  expect(() => ruleFromFile({ ref: 'a.b', enable: false })).toThrow(Failure)
})
