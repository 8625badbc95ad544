import { expect, test } from 'vitest'
import type { JsonObject } from '../../../json.ts'
import { compileParameterSchema } from '../../schema/compile.ts'
import { checkParameters } from './check.ts'

const action = compileParameterSchema({
  token: { type: 'string', secret: true },
  login: { type: 'object', secret: true },
  note: { type: 'string' },
})
const refused = (action_params: JsonObject) =>
  checkParameters({
    trigger_ref: 'demo.deployed',
    trigger_params: {},
    action_params,
    schemas: { trigger: compileParameterSchema(null), action },
  }).map(({ field }) => field)

test('a secret parameter is given by a template, not written in the rule', () => {
  expect(refused({ token: 'hush', note: 'fine' })).toEqual(['action_params.token'])
  expect(refused({ login: { name: 'bot', password: 'hush' } })).toEqual(['action_params.login'])
  expect(refused({ token: '{{ keystore.one }}', login: { password: '{{ keystore.two }}' } })).toEqual([])
  expect(refused({ token: 'Bearer {{ keystore.one }}', note: 'hush' })).toEqual([])
  expect(refused({ token: '', login: null })).toEqual([])
})
