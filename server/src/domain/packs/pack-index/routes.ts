import { Type } from 'typebox'
import { id, nullable } from '../../../database/row.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import { rowId } from '../../../http/parameter.ts'
import { item, type Route, read, write } from '../../../http/route.ts'
import type { Cipher } from '../../secret/cipher.ts'
import type { Catalogue, RegistrySettings } from './catalogue.ts'
import { PackIndexEntry } from './entry.ts'
import { PackRegistryIndexDetail, shownIndex } from './registry.ts'
import * as indexes from './queries.ts'
import { addIndex, changeIndex, removeIndex, type Writing } from './write.ts'

type Deps = { cipher: Cipher; catalogue: Catalogue; settings: RegistrySettings }

const tag = 'pack indexes'
const tokens = ['access', 'execution'] as const
const reading = { method: 'GET', tag, access: ['packs', 'read'], tokens } as const
const closed = { additionalProperties: false } as const

const fields = {
  name: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
  position: Type.Optional(
    nullable(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'Lower is asked first.' })),
  ),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description:
        'Sent with the request for the index. Stored encrypted, never shown; *** keeps the value that is there.',
    }),
  ),
}
const url = Type.String({
  minLength: 1,
  maxLength: 2048,
  description: 'https://, or file:// below pack_registry.local_roots.',
})
const CreateIndex = Type.Object(
  { url, enabled: Type.Optional(Type.Boolean()), ...fields },
  { ...closed, title: 'CreatePackIndex' },
)
const UpdateIndex = Type.Object(
  { url: Type.Optional(nullable(url)), enabled: Type.Optional(nullable(Type.Boolean())), ...fields },
  { ...closed, title: 'UpdatePackIndex' },
)

const IndexedPack = Type.Object(
  {
    pack: PackIndexEntry,
    registry: Type.Object({
      id: nullable(id('pack_registry_index')),
      name: nullable(Type.String()),
      url: Type.String(),
      position: Type.Integer(),
    }),
  },
  { title: 'IndexedPack' },
)

/** Indexes: where packs are looked up by name. */
export function packIndexRoutes(deps: Deps): Route[] {
  return [listRoute, ...browseRoutes(deps), ...writeRoutes(deps)]
}

const listRoute = read({
  ...reading,
  path: '/api/v1/pack-indices',
  summary: 'List the indexes of packs, in the order in which they are asked',
  query: Type.Object(pageQuery),
  success: { 200: listOf(PackRegistryIndexDetail) },
  handle: ({ db, query }) =>
    answerPage(query, async (page) => {
      const { rows, total } = await indexes.list(db, page)
      return { rows: rows.map(shownIndex), total }
    }),
})

function browseRoutes({ catalogue }: Deps): Route[] {
  return [
    read({
      ...reading,
      path: '/api/v1/pack-indices/packs',
      summary: 'Packs that the indexes list',
      description:
        'Each pack in its highest version, from the first index that lists it. An index that cannot be read is left out.',
      query: Type.Object({
        q: Type.Optional(
          Type.String({
            maxLength: 255,
            description: 'Words in ref, label, description, use case or keywords.',
          }),
        ),
        registry_id: Type.Optional(rowId('pack_registry_index')),
        include_disabled: Type.Optional(Type.Boolean({ description: 'Default false.' })),
        ...pageQuery,
      }),
      success: { 200: listOf(IndexedPack) },
      handle: async ({ db, query }) => pageOfAll(query, await (await catalogue.open(db)).search(query)),
    }),
    read({
      ...reading,
      path: '/api/v1/pack-indices/packs/{ref}',
      summary: 'A pack as the first index has it that lists it',
      params: Type.Object({ ref: Type.String({ maxLength: 255 }) }),
      success: { 200: item(IndexedPack) },
      refusals: [404],
      handle: async ({ db, params: { ref } }) => ({
        data: await (await catalogue.open(db)).choose({ ref, range: undefined }),
      }),
    }),
  ]
}

function pageOfAll<Row>(query: PageQuery, all: readonly Row[]) {
  return answerPage(query, async ({ limit, offset }) => ({
    rows: all.slice(offset, offset + limit),
    total: all.length,
  }))
}

function writeRoutes(deps: Deps): Route[] {
  const configuring = { tag, access: ['packs', 'configure'], tokens } as const
  const writing = (context: Omit<Writing, 'cipher' | 'settings'>): Writing => ({ ...context, ...deps })
  return [
    write({
      ...configuring,
      method: 'POST',
      path: '/api/v1/pack-indices',
      summary: 'Add an index of packs',
      body: CreateIndex,
      success: { 201: item(PackRegistryIndexDetail) },
      refusals: [409],
      handle: async ({ body, ...context }) => ({ data: await addIndex(writing(context), body) }),
    }),
    write({
      ...configuring,
      method: 'PUT',
      path: '/api/v1/pack-indices/{id}',
      summary: 'Change an index of packs',
      description:
        'What is not given stays, except that an index whose URL moves to another origin loses its headers unless new ones are given.',
      params: Type.Object({ id: rowId('pack_registry_index') }),
      body: UpdateIndex,
      success: { 200: item(PackRegistryIndexDetail) },
      refusals: [404, 409],
      handle: async ({ body, params, ...context }) => ({
        data: await changeIndex(writing(context), params.id, body),
      }),
    }),
    write({
      ...configuring,
      method: 'DELETE',
      path: '/api/v1/pack-indices/{id}',
      summary: 'Remove an index of packs; packs that were installed from it stay',
      params: Type.Object({ id: rowId('pack_registry_index') }),
      success: { 200: item(Type.Object({ success: Type.Boolean(), message: Type.String() })) },
      refusals: [404],
      async handle({ params, ...context }) {
        const { url } = await removeIndex(writing(context), params.id)
        return { data: { success: true, message: `Pack index ${url} removed` } }
      },
    }),
  ]
}
