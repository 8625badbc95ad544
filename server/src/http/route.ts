import type { FastifyBaseLogger } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import type { Database, Queryable, Transaction } from '../database/database.ts'
import type { Caller, TokenType } from '../domain/caller/caller.ts'
import type { BodyContent } from './body-content.ts'
import { EventStream, type Producer } from './event-stream.ts'
import { LineStream } from './line-stream.ts'
import type { Permission } from '../domain/caller/permission.ts'
import type { UploadPart } from './upload.ts'

/** A route is data plus a function. Reading a noun's routes.ts top to bottom is reading its API. */
export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** OpenAPI form: `/api/v1/executions/{id}`. */
  path: string
  summary: string
  description?: string
  tag: string
  access: Access
  /** Permissions that it needs besides. */
  also: readonly Permission[]
  /** Kinds of token that are let in. Default: access. */
  tokens: readonly TokenType[]
  /** Lets the token of an execution in without the grant: the handler checks that it touches only what is its own. */
  own: boolean
  /**
   * Grants with constraints let in too: the handler shows and touches only what they allow
   * (`domain/caller/scope.ts`).
   */
  scoped: boolean
  params?: TSchema
  query?: TSchema
  body?: TSchema
  /** No body counts as an empty one. */
  body_optional: boolean
  /** The body is a form with a file in it, which the handler reads part by part. */
  form?: Form
  /** The body may be of any type: the handler gets its very bytes, and asks what they say. `body` is documentation. */
  undecoded: boolean
  /**
   * Body fields of free content, `*` for any item (`events.*.payload`) or for the whole body: text that cannot be
   * stored is replaced in them and refused elsewhere.
   */
  documents: readonly string[]
  /** Success bodies by status; the first is the default. */
  success: Readonly<Record<number, TSchema>>
  /** Refusals worth documenting besides 400, 401, 403, 422. */
  refusals: readonly number[]
  produces: 'json' | 'events' | 'lines'
  /** Bytes of its body at most; `server.max_body_size` is the limit of all. See `defaultBodyLimit`. */
  max_body_bytes: number
  guard: Guard
  /** Says whether the path holds a credential that is good, before the body is read. */
  vouch?: CheckPathCredential
  /** Changes nothing, so that it ends when its client has left. */
  reads: boolean
  run: Run
}

/**
 * How requests without a token are held down.
 * * `address`: turned away once too many of their address failed.
 * * `credential`: the path or the body is a credential, which is looked at whatever others of the address did; guessing
 *   has limits of its own.
 * * `probe`: never turned away.
 */
export type Guard = 'address' | 'credential' | 'probe'

/** Told of the path before anything is checked but the route. */
export type CheckPathCredential = (params: PathParameters, db: Queryable) => Promise<boolean>
export type PathParameters = Readonly<Record<string, string | undefined>>

const KIB = 1024

/** Nobody in particular has little to say, and what is not read needs no room. */
function defaultBodyLimit({ access, body }: Pick<Definition<TSchema, TSchema, TSchema>, 'access' | 'body'>) {
  return access === 'public' || body === undefined ? 16 * KIB : 1024 * KIB
}

/** The path as the router wants it: `/api/v1/executions/:id`. */
export const pathOf = (route: Route) => route.path.replaceAll(/\{(\w+)\}/g, ':$1')

/** Who may call: anyone, anyone who is known, or who holds the grant. There is no default. */
export type Access = 'public' | 'authenticated' | Permission

/** What a route answers besides the first success status. */
export class Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | string[]>>

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string | string[]>> = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** A form as the document describes it, and the bytes of its file at most. */
export type Form = { schema: TSchema; max_file_bytes: number }

type Untyped = { params: unknown; query: unknown; body: unknown }
export type CallContext = {
  database: Database
  caller: Caller
  request_id: string
  client_ip: string
  user_agent: string | null
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** Of a route that takes a form. */
  parts: AsyncIterable<UploadPart>
  /** The bytes of the body, of a route that takes it undecoded; else none. */
  raw_body: Buffer
  /** What they say. Throws a Problem where that cannot be read. */
  content(): Promise<BodyContent>
  log: FastifyBaseLogger
}
type Run = (context: CallContext & Untyped) => Promise<unknown>

type Definition<P extends TSchema, Q extends TSchema, B extends TSchema> = {
  method: Route['method']
  path: string
  summary: string
  description?: string
  tag: string
  access: Access
  also?: readonly Permission[]
  tokens?: readonly TokenType[]
  own?: boolean
  scoped?: boolean
  params?: P
  query?: Q
  body?: B
  body_optional?: boolean
  form?: Form
  undecoded?: boolean
  documents?: readonly string[]
  success: Readonly<Record<number, TSchema>>
  refusals?: readonly number[]
  max_body_bytes?: number
  guard?: Guard
  vouch?: CheckPathCredential
}

type Typed<P extends TSchema, Q extends TSchema, B extends TSchema> = Omit<CallContext, 'database'> & {
  params: Static<P>
  query: Static<Q>
  body: Static<B>
}

/** A route that only reads: each statement sees what is committed. */
export function read<P extends TSchema, Q extends TSchema, B extends TSchema>(
  definition: Definition<P, Q, B> & { handle(context: Typed<P, Q, B> & { db: Queryable }): Promise<unknown> },
): Route {
  const run: Run = (context) => definition.handle({ ...typed(context), db: context.database })
  return { ...make(definition, run), reads: true }
}

/** A route that writes: its handler runs in one transaction, and a throw undoes everything. */
export function write<P extends TSchema, Q extends TSchema, B extends TSchema>(
  definition: Definition<P, Q, B> & {
    handle(context: Typed<P, Q, B> & { tx: Transaction }): Promise<unknown>
  },
): Route {
  return make(definition, (context) =>
    context.database.transaction((tx) => definition.handle({ ...typed(context), tx })),
  )
}

/** A route that decides itself what it does when: intake that is batched across requests, streams. */
export function call<P extends TSchema, Q extends TSchema, B extends TSchema>(
  definition: Definition<P, Q, B> & {
    handle(context: Typed<P, Q, B> & { database: Database }): Promise<unknown>
  },
): Route {
  return make(definition, (context) => definition.handle({ ...typed(context), database: context.database }))
}

/**
 * A route that answers with server-sent events. Its handler changes nothing, refuses what it must with a Problem, also
 * when it is asked again while the events go out, and answers with what produces the events; from the first event on there are no errors, only the end.
 */
export function stream<P extends TSchema, Q extends TSchema, B extends TSchema>(
  definition: Omit<Definition<P, Q, B>, 'success'> & {
    handle(context: Typed<P, Q, B> & { database: Database }): Promise<Producer>
  },
): Route {
  const success = { 200: Type.String({ description: 'Server-sent events.' }) }
  const run: Run = async (context) =>
    new EventStream(await definition.handle({ ...typed(context), database: context.database }))
  return { ...make({ ...definition, success }, run), produces: 'events', reads: true }
}

/**
 * A route that answers with one JSON document per line, as they come. Its handler refuses what it must with a Problem;
 * a failure on the way breaks the connection, so that nobody takes the half for the whole.
 */
export function lines<P extends TSchema, Q extends TSchema, B extends TSchema>({
  line,
  ...definition
}: Omit<Definition<P, Q, B>, 'success'> & {
  line: TSchema
  handle(context: Typed<P, Q, B> & { database: Database }): Promise<AsyncIterable<object>>
}): Route {
  const run: Run = async (context) =>
    new LineStream(await definition.handle({ ...typed(context), database: context.database }))
  return { ...make({ ...definition, success: { 200: line } }, run), produces: 'lines', reads: true }
}

function make<P extends TSchema, Q extends TSchema, B extends TSchema>(
  definition: Definition<P, Q, B>,
  run: Run,
): Route {
  return {
    also: [],
    tokens: ['access'],
    own: false,
    scoped: false,
    body_optional: false,
    undecoded: false,
    documents: [],
    refusals: [],
    produces: 'json',
    max_body_bytes: defaultBodyLimit(definition),
    guard: 'address',
    reads: false,
    ...definition,
    run,
  }
}

/** The server has validated the three parts against the very schemas that type them. */
function typed<P extends TSchema, Q extends TSchema, B extends TSchema>(context: CallContext & Untyped) {
  // oxlint-disable-next-line no-unsafe-type-assertion -- checked at run time, see above
  return context as CallContext & Typed<P, Q, B>
}

/** `{ data: T }`, the envelope of every single thing. */
export const item = <T extends TSchema>(schema: T) =>
  Type.Object({ data: schema, message: Type.Optional(Type.String()) })
