import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Database, openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import type { Evaluator } from '../src/domain/definition/matching/evaluator.ts'
import { createEventIntake, type EventIntake } from '../src/domain/flow/event/intake.ts'
import { createSchemaCache, type SchemaCache } from '../src/domain/schema/cache.ts'
import { type Cipher, createCipher } from '../src/domain/secret/cipher.ts'
import { createTokens, type Tokens } from '../src/domain/access/token/token.ts'
import type { Id } from '../src/id.ts'
import { type Grant, resources } from '../src/domain/caller/permission.ts'
import type { Route } from '../src/http/route.ts'
import { createServer, type ServerOptions, serve } from '../src/http/server.ts'
import { isJsonObject, type JsonObject } from '../src/json.ts'
import { callerOfToken } from '../src/services/caller-of-token.ts'
import type { SealedElsewhere } from '../src/domain/definition/key/rotate.ts'
import { sealedElsewhere } from '../src/services/sealed-columns.ts'
import { createLog, type Log } from '../src/observe/log.ts'
import { createPostgresTransport } from '../src/messages/postgres/transport.ts'
import { freshDatabase } from './database.ts'
import { evaluatorFor } from './evaluator.ts'
import * as given from './given.ts'
import { accessToken, sensorToken } from './session.ts'

/** What routes are made of: a test takes from it what the routes under test need. */
export type ApiParts = {
  database: Database
  tokens: Tokens
  intake: EventIntake
  schemas: SchemaCache
  cipher: Cipher
  sealed: SealedElsewhere
  evaluator: Evaluator
  artifacts_dir: string
  inline_limit_bytes: number
  log: Log
}

/** An answer: `data` is what stands under `data` in its body. */
export type Answer = { status: number; body: JsonObject; headers: Readonly<Record<string, unknown>> }
type Request = { token?: string; body?: JsonObject; headers?: Record<string, string> }
export type Permitted = `${string}:${string}`

export type Api = ApiParts & {
  server: FastifyInstance
  db: Database
  /** An access token of a new account that holds these permissions; every permission when none is named. */
  token(...permissions: Permitted[]): Promise<string>
  /** A new account that holds these grants, and an access token of it. */
  granted(...grants: Grant[]): Promise<{ token: string; identity: Id<'identity'> }>
  /** The same of an account that is there already. */
  tokenOf(identity: { id: number; login: string }): Promise<string>
  /** A token that a host made for the sensor of that ref, which serves these triggers from now on. */
  sensorToken(sensorRef: string, triggerTypes: readonly string[]): Promise<string>
  executionToken(execution: { id: number; action_ref: string }, identity?: number): Promise<string>
  /** `call('POST /api/v1/events', { token, body })` */
  call(what: `${string} ${string}`, request?: Request): Promise<Answer>
  close(): Promise<void>
}

/** The routes of a test on a server and a database of their own. Messages go through the postgres transport. */
export async function startApi(
  routesOf: (parts: ApiParts) => Route[],
  more: (parts: ApiParts) => Partial<ServerOptions> = () => ({}),
): Promise<Api> {
  const fresh = await freshDatabase()
  const log = createLog({ level: 'silent', format: 'json' })
  const transport = createPostgresTransport({ log })
  const database = openDatabase({ url: fresh.url, post: transport.post })
  await transport.start(database)
  const artifacts_dir = await mkdtemp(join(tmpdir(), 'attune-api-'))
  const cipher = createCipher('a key of thirty-two characters or more')
  const evaluator = evaluatorFor()
  const parts: ApiParts = {
    database,
    tokens: createTokens({
      jwt_secret: 'a secret of thirty-two bytes or more',
      access_token_secret: 'the secret of the people, as long as that',
    }),
    intake: createEventIntake(database, cipher),
    schemas: createSchemaCache(),
    cipher,
    sealed: sealedElsewhere,
    evaluator,
    artifacts_dir,
    inline_limit_bytes: 64 * 1024,
    log,
  }
  const server = await openServer({ ...parts, ...more(parts) }, routesOf(parts))
  return {
    ...parts,
    ...tokensOf(parts),
    server,
    db: database,
    call: (what, request) => call(server, what, request),
    async close() {
      await server.close()
      await transport.close()
      await evaluator.close()
      await database.close().catch(() => undefined) // a test may have closed it
      await rm(artifacts_dir, { recursive: true })
      await fresh.drop()
    },
  }
}

/** The API of a platform that runs already, asked without a socket. */
export async function serveOver(
  parts: ServerParts,
  routes: Route[],
): Promise<Pick<Api, 'token' | 'call'> & { close(): Promise<void> }> {
  const server = await openServer(parts, routes)
  return {
    token: tokensOf(parts).token,
    call: (what, request) => call(server, what, request),
    close: () => server.close(),
  }
}

type ServerParts = Pick<ApiParts, 'database' | 'tokens' | 'log'>

async function openServer(
  parts: ServerParts & Partial<ServerOptions>,
  routes: Route[],
): Promise<FastifyInstance> {
  const options = {
    callerOf: callerOfToken(parts),
    max_body_size: 2 * 1024 * 1024,
    cors_origins: [],
    request_timeout: 30,
    limits: {
      refused_per_minute: 10_000,
      requests_per_minute: undefined,
      connections: { all: 1000, each: 1000 },
    },
    turns: { all: 7, each: 5 },
    ...parts,
  }
  const server = await createServer(options)
  serve(server, routes, options)
  await server.ready()
  return server
}

type Minting = Pick<Api, 'token' | 'granted' | 'tokenOf' | 'sensorToken' | 'executionToken'>

function tokensOf({ database, tokens }: ServerParts): Minting {
  const tokenOf: Api['tokenOf'] = (identity) => accessToken({ database, tokens }, identity)
  const granted: Api['granted'] = async (...grants) => {
    const identity = await given.identity(database)
    const set = await given.permissionSet(database, { grants })
    await given.permissionAssignment(database, { identity: identity.id, permset: set.id })
    return { identity: identity.id, token: await tokenOf(identity) }
  }
  return {
    tokenOf,
    granted,
    async token(...permissions) {
      const { token } = await granted(...(permissions.length > 0 ? permissions.map(grantOf) : everyGrant()))
      return token
    },
    sensorToken: (ref, trigger_types) => sensorToken({ database, tokens }, ref, trigger_types),
    async executionToken({ id, action_ref }, identity) {
      const executor = await executorOf(database, id, identity)
      return tokens.mint({
        sub: String(executor),
        login: `execution:${id}`,
        token_type: 'execution',
        scope: 'execution',
        metadata: { execution_id: id, action_ref },
        ttl_seconds: 60,
      })
    },
  }
}

/** Who an execution runs as: who is named, else who it runs as already, else somebody new. */
async function executorOf(db: Database, id: number, named: number | undefined): Promise<number> {
  const { executor } = await db.one<{ executor: number | null }>(
    sql`select executor from execution where id = ${id}`,
  )
  const wanted = named ?? executor ?? (await given.identity(db)).id
  await db.run(sql`update execution set executor = ${wanted} where id = ${id} and executor is null`)
  return wanted
}

function grantOf(permission: string): { resource: string; actions: string[] } {
  const [resource = '', action = ''] = permission.split(':')
  return { resource, actions: [action] }
}

/** Also what an administrator has for packs that somebody else installed. */
function everyGrant(): Grant[] {
  return [
    ...Object.entries(resources).map(([resource, actions]) => ({ resource, actions: [...actions] })),
    { resource: 'packs', actions: [...resources.packs], constraints: { owner: 'any' } },
  ]
}

async function call(
  server: FastifyInstance,
  what: string,
  { token, body, headers }: Request = {},
): Promise<Answer> {
  const [method = '', url = ''] = what.split(' ')
  const response = await server.inject({
    // oxlint-disable-next-line no-unsafe-type-assertion -- inject takes any method; its type lists some
    method: method as 'GET',
    url,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { payload: body }),
  })
  const parsed: unknown = response.body === '' ? {} : JSON.parse(response.body)
  if (!isJsonObject(parsed)) throw new Error(`Not an object: ${response.body}`)
  return { status: response.statusCode, body: parsed, headers: response.headers }
}
