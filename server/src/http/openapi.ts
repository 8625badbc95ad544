import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance, type FastifySchema } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { isJsonObject, type JsonObject } from '../json.ts'
import { problems } from '../problem.ts'
import { withComponents } from './components.ts'
import { pathOf, type Route } from './route.ts'

const ErrorBody = Type.Object(
  {
    error: Type.String({ description: 'A sentence that names the thing and the remedy.' }),
    code: Type.String({ enum: Object.keys(problems) }),
    details: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  },
  { title: 'Error' },
)

/** Serves the OpenAPI 3.1 document of every route added after it, and a page to read it that loads nothing from outside. */
export async function serveDocs(server: FastifyInstance, version: string): Promise<void> {
  await describe(server, version)
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    indexPrefix: '',
    staticCSP: true,
    uiConfig: { persistAuthorization: true, validatorUrl: null },
  })
  server.get('/api-spec/openapi.json', { schema: { hide: true } }, async () => server.swagger())
}

/** The document of routes that nobody serves. */
export async function documentOf(routes: readonly Route[], version: string): Promise<JsonObject> {
  const server = Fastify()
  server.setValidatorCompiler(() => () => true)
  await describe(server, version)
  for (const route of routes)
    server.route({
      method: route.method,
      url: pathOf(route),
      schema: openApiSchema(route),
      handler: () => undefined,
    })
  await server.ready()
  const document = plain(server.swagger())
  await server.close()
  return document
}

async function describe(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Attune',
        version,
        description: 'Event-driven automation and orchestration.',
        license: { name: 'Apache-2.0' },
      },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
    transformObject: (made) => ('openapiObject' in made ? withComponents(plain(made.openapiObject)) : {}),
  })
}

/** As it is sent. */
function plain(document: object): JsonObject {
  const read: unknown = JSON.parse(JSON.stringify(document))
  return isJsonObject(read) ? read : {}
}

/** A route as Fastify and the document know it; also what its answers are serialised by. */
export function openApiSchema(route: Route): FastifySchema {
  const refused = [
    400,
    ...(route.access === 'public' ? [] : [401, 403]),
    ...(route.body ? [422] : []),
    ...route.refusals,
  ]
  const responses: Record<number, TSchema | object> = responsesOf(route)
  for (const status of new Set(refused)) responses[status] = refusal(status)
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.tag],
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    ...(route.form === undefined ? {} : { consumes: ['multipart/form-data'], body: route.form.schema }),
    response: responses,
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    ...accessOf(route),
  }
}

function refusal(status: number): object {
  const codes = Object.entries(problems).filter(([, answered]) => answered === status)
  return {
    description: codes.map(([code]) => code).join(', '),
    content: { 'application/json': { schema: ErrorBody } },
  }
}

function responsesOf({ produces, success }: Route): Record<number, TSchema | object> {
  const schema = success[200]
  switch (produces) {
    case 'json':
      return { ...success }
    case 'events':
      return { 200: { description: 'A stream of events.', content: { 'text/event-stream': { schema } } } }
    case 'lines':
      return { 200: { description: 'One per line.', content: { 'application/x-ndjson': { schema } } } }
  }
}

function accessOf(route: Route): object {
  const permission =
    typeof route.access === 'string'
      ? route.access
      : [route.access, ...route.also].map((needed) => needed.join(':')).join(' ')
  return { 'x-permission': permission, 'x-tokens': route.access === 'public' ? [] : route.tokens }
}
