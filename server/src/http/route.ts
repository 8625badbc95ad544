import { type Static, type TSchema, Type } from 'typebox'
import type { Database, Queryable, Transaction } from '../database/database.ts'
import type { Caller, TokenType } from './caller.ts'
import type { Permission } from './permission.ts'

/** A route is data plus a function. Reading a noun's routes.ts top to bottom is reading its API. */
export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** OpenAPI form: `/api/v1/executions/{id}`. */
  path: string
  summary: string
  description?: string
  tag: string
  access: Access
  /** Kinds of token that are let in. Default: access. */
  tokens: readonly TokenType[]
  params?: TSchema
  query?: TSchema
  body?: TSchema
  /** Top-level body fields of free content: text that cannot be stored is replaced in them, refused elsewhere. */
  documents: readonly string[]
  /** Success bodies by status; the first is the default. */
  success: Readonly<Record<number, TSchema>>
  /** Refusals worth documenting besides 400, 401, 403, 422. */
  refusals: readonly number[]
  run: Run
}

/** Who may call: anyone, anyone who is known, or who holds the grant. There is no default. */
export type Access = 'public' | 'authenticated' | Permission

/** What a route answers besides the first success status. */
export class Answer {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    this.status = status
    this.body = body
  }
}

type Untyped = { params: unknown; query: unknown; body: unknown }
export type CallContext = {
  database: Database
  caller: Caller
  request_id: string
  client_ip: string
  user_agent: string | null
  headers: Readonly<Record<string, string | string[] | undefined>>
}
type Run = (context: CallContext & Untyped) => Promise<unknown>

type Definition<P extends TSchema, Q extends TSchema, B extends TSchema> = {
  method: Route['method']
  path: string
  summary: string
  description?: string
  tag: string
  access: Access
  tokens?: readonly TokenType[]
  params?: P
  query?: Q
  body?: B
  documents?: readonly string[]
  success: Readonly<Record<number, TSchema>>
  refusals?: readonly number[]
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
  return make(definition, (context) => definition.handle({ ...typed(context), db: context.database }))
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

function make<P extends TSchema, Q extends TSchema, B extends TSchema>(
  { tokens, documents, refusals, ...definition }: Definition<P, Q, B>,
  run: Run,
): Route {
  return {
    tokens: tokens ?? ['access'],
    documents: documents ?? [],
    refusals: refusals ?? [],
    ...definition,
    run,
  }
}

/** The server has validated the three parts against the very schemas that type them. */
function typed<P extends TSchema, Q extends TSchema, B extends TSchema>(context: CallContext & Untyped) {
  return context as CallContext & Typed<P, Q, B>
}

/** `{ data: T }`, the envelope of every single thing. */
export const item = <T extends TSchema>(schema: T) =>
  Type.Object({ data: schema, message: Type.Optional(Type.String()) })
