import { expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { withComponents } from './components.ts'

const rule = { title: 'Rule', type: 'object', properties: { title: { type: 'string' } } }
const refused = {
  description: 'NOT_FOUND',
  content: { 'application/json': { schema: { title: 'Error', type: 'object' } } },
}

function documentWith(responses: Json, other: Json = {}) {
  return withComponents({
    openapi: '3.1.0',
    components: { securitySchemes: { bearer: {} } },
    paths: { '/a': { get: { responses } }, '/b': other },
  })
}

test('a titled schema stands once and is referred to, also within another one', () => {
  const list = { title: 'RuleList', type: 'array', items: rule }

  expect(documentWith({ 200: { schema: rule }, 201: { schema: list } })).toMatchObject({
    components: {
      securitySchemes: { bearer: {} },
      schemas: { Rule: rule, RuleList: { items: { $ref: '#/components/schemas/Rule' } } },
    },
    paths: {
      '/a': {
        get: {
          responses: {
            200: { schema: { $ref: '#/components/schemas/Rule' } },
            201: { schema: { $ref: '#/components/schemas/RuleList' } },
          },
        },
      },
    },
  })
})

test('a refusal stands once by its status; a failure with news of its own stays where it is', () => {
  const news = { description: 'not ready', content: { 'application/json': { schema: { type: 'object' } } } }

  expect(documentWith({ 404: refused, 503: news })).toMatchObject({
    components: { responses: { 404: { description: 'NOT_FOUND' } } },
    paths: { '/a': { get: { responses: { 404: { $ref: '#/components/responses/404' }, 503: news } } } },
  })
})

test('a property or a text that is called title is no name', () => {
  const schema = { type: 'object', properties: { title: { type: 'string' } } }
  const info = { title: 'Not a schema' }

  expect(documentWith({ 200: { schema } }, info)['paths']).toEqual({
    '/a': { get: { responses: { 200: { schema } } } },
    '/b': info,
  })
})

test('values of any name are told by additionalProperties', () => {
  const values = { type: 'string' }
  const schema = { type: 'object', patternProperties: { '^.*$': values } }

  expect(documentWith({ 200: { schema } })['paths']).toMatchObject({
    '/a': { get: { responses: { 200: { schema: { type: 'object', additionalProperties: values } } } } },
  })
})

test('two different schemas of one name are refused', () => {
  const other = { ...rule, properties: {} }

  expect(() => documentWith({ 200: { schema: rule }, 201: { schema: other } })).toThrow(
    'Two different schemas of the API have the name Rule.',
  )
})
