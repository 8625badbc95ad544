import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import { item, read, type Route, write } from '../../../http/route.ts'
import type { Caller } from '../../caller/caller.ts'
import { Acknowledged } from '../../schema/body-fields.ts'
import { type ComponentQuery, getVisiblePack } from '../pack/visible-pack.ts'
import { type Definition, type Kind, readableBy } from './definition.ts'
import type { Fields, RowOf } from './field.ts'
import { equal, type Filter, findByRef, list } from './rows.ts'
import { noSuch, type Writing } from './write.ts'

/** How a kind is spoken of and shown by the API, and what its routes do. */
export type Api<F extends Fields, New extends TSchema, Change extends TSchema> = {
  /** `actions`, as in its paths. */
  plural: string
  /** `an action`. */
  named: string
  summary: TSchema
  detail: TSchema
  /** A row as the caller gets it, where it is not shown as it is. */
  show?(row: RowOf<F>, context: { db: Queryable; caller: Caller }): Promise<object> | object
  /** What is odd about one that was made or changed, though it was taken. */
  warn?(row: RowOf<F>, context: { db: Queryable; caller: Caller }): Promise<string[]>
  /** What its list can be asked for: values of columns, unless `where` says what else. */
  filters?: TProperties
  where?(filter: Filter, caller: Caller): Sql[]
  /** Fields of its bodies that hold free content. */
  documents: readonly string[]
  max_body_bytes?: number
  create: {
    said?: Said
    body: New
    handle(writing: Writing, body: Static<New>): Promise<{ row: RowOf<F>; message?: string }>
  }
  update: {
    said?: Said
    body: Change
    documents?: readonly string[]
    handle(writing: Writing, ref: string, body: Static<Change>): Promise<RowOf<F>>
  }
  remove: { said?: Said; handle(writing: Writing, ref: string): Promise<void> }
}
/** In words, where it is not what every kind says. */
type Said = { summary?: string; description?: string }

const tokens = ['access', 'execution'] as const
const byRef = Type.Object({ ref: Type.String() })

const common = (plural: string) => ({ tag: plural, scoped: true, tokens }) as const
const titled = (kind: string) => kind.charAt(0).toUpperCase() + kind.slice(1)

/** The routes that every kind has. */
export function definitionRoutes<F extends Fields, New extends TSchema, Change extends TSchema>(
  definition: Definition<F>,
  api: Api<F, New, Change>,
): Route[] {
  return [...listRoutes(definition, api), getRoute(definition, api), ...writeRoutes(definition, api)]
}

type Listed = {
  plural: string
  summary: TSchema
  filters?: TProperties
  where?(filter: Filter, caller: Caller): Sql[]
}

function listRoutes(definition: Kind, { plural, summary, filters = {}, where }: Listed): Route[] {
  const reading = readingOf(definition, plural)
  const query = Type.Unsafe<PageQuery & Filter>(Type.Object({ ...pageQuery, ...filters }))
  const success = { 200: listOf(summary) }
  return [
    read({
      ...reading,
      path: `/api/v1/${plural}`,
      summary: `List ${plural}`,
      query,
      success,
      handle({ db, query, caller }) {
        const filter: Filter = Object.fromEntries(Object.keys(filters).map((name) => [name, query[name]]))
        const conditions = where?.(filter, caller) ?? [readableBy(definition, caller), ...equal(filter)]
        return listed(db, definition, conditions, query)
      },
    }),
    ...(definition.fields['enabled'] === undefined ? [] : [enabledRoute(definition, { plural, summary })]),
    read({
      ...reading,
      path: `/api/v1/packs/{pack_ref}/${plural}`,
      summary: `List the ${plural} of a pack`,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success,
      refusals: [404],
      async handle({ db, params, query, caller }) {
        const pack = await getVisiblePack(db, params.pack_ref, knownBy(definition, caller))
        return listed(db, definition, [readableBy(definition, caller), ...equal({ pack: pack.id })], query)
      },
    }),
  ]
}

function enabledRoute(definition: Kind, { plural, summary }: Listed): Route {
  return read({
    ...readingOf(definition, plural),
    path: `/api/v1/${plural}/enabled`,
    summary: `List enabled ${plural}`,
    query: Type.Object(pageQuery),
    success: { 200: listOf(summary) },
    handle: ({ db, query, caller }) =>
      listed(db, definition, [readableBy(definition, caller), ...equal({ enabled: true })], query),
  })
}

/** What routes have in common that read definitions. */
export function readingOf({ resource }: Kind, plural: string) {
  return { ...common(plural), method: 'GET', access: [resource, 'read'] } as const
}

/** A page of those for which all conditions hold. */
export function listed<F extends Fields>(
  db: Queryable,
  definition: Kind<F>,
  conditions: readonly Sql[],
  query: PageQuery,
) {
  return answerPage(query, (page) => list(db, definition, conditions, page))
}

/** Who asks for those of packs. */
export function knownBy(definition: Kind, caller: Caller): ComponentQuery {
  const holds = sql`exists (select from ${definition.table.from} where d.pack = p.id and ${readableBy(definition, caller)})`
  return { caller, permission: [definition.resource, 'read'], holds }
}

function getRoute<F extends Fields, New extends TSchema, Change extends TSchema>(
  definition: Definition<F>,
  { plural, named, detail, show = asItIs }: Api<F, New, Change>,
): Route {
  return read({
    ...readingOf(definition, plural),
    path: `/api/v1/${plural}/{ref}`,
    summary: `Get ${named}`,
    params: byRef,
    success: { 200: item(detail) },
    refusals: [404],
    async handle({ db, params: { ref }, caller }) {
      const row = await findByRef(db, definition, ref, readableBy(definition, caller))
      if (row === undefined) throw noSuch(definition, ref)
      return { data: await show(row, { db, caller }) }
    },
  })
}

const asItIs = <Row extends object>(row: Row): object => row

function writeRoutes<F extends Fields, New extends TSchema, Change extends TSchema>(
  definition: Definition<F>,
  api: Api<F, New, Change>,
): Route[] {
  const { plural, named, detail, documents, create, update } = api
  const { kind, resource } = definition
  const taken = api.warn === undefined ? item(detail) : itemWithWarnings(detail)
  const size = api.max_body_bytes === undefined ? {} : { max_body_bytes: api.max_body_bytes }
  return [
    write({
      ...common(plural),
      ...size,
      method: 'POST',
      path: `/api/v1/${plural}`,
      summary: `Make ${named} by hand`,
      ...create.said,
      access: [resource, 'create'],
      body: create.body,
      documents,
      success: { 201: taken },
      refusals: [404, 409],
      async handle({ body, ...context }) {
        const { row, message = `${titled(kind)} created` } = await create.handle(context, body)
        return answerOf(api, row, { db: context.tx, caller: context.caller }, message)
      },
    }),
    write({
      ...common(plural),
      ...size,
      method: 'PUT',
      path: `/api/v1/${plural}/{ref}`,
      summary: `Change ${named}`,
      ...update.said,
      access: [resource, 'update'],
      params: byRef,
      body: update.body,
      documents: update.documents ?? documents,
      success: { 200: taken },
      refusals: [404],
      async handle({ body, params, ...context }) {
        const row = await update.handle(context, params.ref, body)
        return answerOf(api, row, { db: context.tx, caller: context.caller }, `${titled(kind)} updated`)
      },
    }),
    deleteRoute(definition, api),
  ]
}

const itemWithWarnings = (detail: TSchema) =>
  Type.Object({
    data: detail,
    message: Type.Optional(Type.String()),
    warnings: Type.Optional(Type.Array(Type.String(), { description: 'What is odd, though it was taken.' })),
  })

/** The row as the caller gets it, and what is odd about it. */
async function answerOf<F extends Fields>(
  { show = asItIs, warn }: Pick<Api<F, TSchema, TSchema>, 'show' | 'warn'>,
  row: RowOf<F>,
  context: { db: Queryable; caller: Caller },
  message: string,
) {
  const warnings = (await warn?.(row, context)) ?? []
  return { data: await show(row, context), message, ...(warnings.length > 0 ? { warnings } : {}) }
}

function deleteRoute(
  { kind, resource }: Kind,
  { plural, named, remove }: Pick<Api<Fields, TSchema, TSchema>, 'plural' | 'named' | 'remove'>,
): Route {
  return write({
    ...common(plural),
    method: 'DELETE',
    path: `/api/v1/${plural}/{ref}`,
    summary: `Delete ${named}`,
    ...remove.said,
    access: [resource, 'delete'],
    params: byRef,
    success: { 200: item(Acknowledged) },
    refusals: [404],
    async handle({ params: { ref }, ...context }) {
      await remove.handle(context, ref)
      return { data: { success: true, message: `${titled(kind)} '${ref}' deleted` } }
    },
  })
}

/** What is said of switching a kind on and off. */
type Switch<F extends Fields> = Pick<Api<F, TSchema, TSchema>, 'plural' | 'named' | 'detail' | 'show'> & {
  enable?: Said
  disable?: Said
  handle(writing: Writing, ref: string, enabled: boolean): Promise<RowOf<F>>
}

/** The routes of a kind that can be switched on and off. */
export function switchRoutes<F extends Fields>({ kind, resource }: Definition<F>, api: Switch<F>): Route[] {
  const { plural, named, detail, show = asItIs, handle } = api
  return (['enable', 'disable'] as const).map((verb) =>
    write({
      ...common(plural),
      method: 'POST',
      path: `/api/v1/${plural}/{ref}/${verb}`,
      summary: `${titled(verb)} ${named}`,
      ...api[verb],
      access: [resource, 'update'],
      params: byRef,
      success: { 200: item(detail) },
      refusals: [404],
      async handle({ params, ...context }) {
        const row = await handle(context, params.ref, verb === 'enable')
        return {
          data: await show(row, { db: context.tx, caller: context.caller }),
          message: `${titled(kind)} ${verb}d`,
        }
      },
    }),
  )
}
