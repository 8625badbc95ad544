import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, expect, test } from 'vitest'
import { isJsonObject, type JsonObject } from '../src/json.ts'
import { operationsOf } from './fuzz/requests.ts'
import { fixture } from './fixture.ts'
import { wholeApi } from './whole-api.ts'

let document: JsonObject

const api = await fixture(wholeApi())

beforeAll(async () => {
  const { text } = await api.ask('GET', '/api-spec/openapi.json')
  const parsed: unknown = JSON.parse(text)
  document = isJsonObject(parsed) ? parsed : {}
})

test('the served document is OpenAPI 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document))
  expect({ valid, errors, version: validator.version }).toMatchObject({ valid: true, version: '3.1' })
})

test('it has every route, each with what it needs and a line that says what it does', () => {
  const described = new Map(
    operationsOf(document).map(({ method, path, description }) => [`${method} ${path}`, description]),
  )
  for (const { method, path, access, also, tokens } of api.routes) {
    const needed =
      typeof access === 'string' ? access : [access, ...also].map((one) => one.join(':')).join(' ')
    expect(described.get(`${method} ${path}`)).toMatchObject({
      summary: expect.stringMatching(/./),
      'x-permission': needed,
      'x-tokens': access === 'public' ? [] : tokens,
    })
  }
})
