import { Type } from 'typebox'
import { answerPage, listOf, pageQuery } from '../../http/page.ts'
import { call, item, read, type Route } from '../../http/route.ts'
import { recordDeed } from '../pack-source/audit.ts'
import { allowedLocalPath } from '../pack-source/local-path.ts'
import { holderOf, holds } from '../permission/delegation.ts'
import { installPack } from './install.ts'
import { PackDetail, PackSummary } from './pack.ts'
import * as packs from './queries.ts'

/** `local_roots`: where whoever may install packs may take them from; elsewhere it takes permissions:manage. */
type Deps = { packs_base_dir: string; local_roots?: readonly string[] }

const tag = 'packs'
const tokens = ['access', 'execution'] as const

/** Packs: definitions that come, change and go together. */
export function packRoutes(deps: Deps): Route[] {
  return [...readRoutes(), registerRoute(deps)]
}

function readRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/packs',
      summary: 'List packs',
      tag,
      access: ['packs', 'read'],
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(PackSummary) },
      handle: ({ db, query }) => answerPage(query, (page) => packs.list(db, page)),
    }),
    read({
      method: 'GET',
      path: '/api/v1/packs/{ref}',
      summary: 'Get a pack',
      tag,
      access: ['packs', 'read'],
      tokens,
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(PackDetail) },
      refusals: [404],
      handle: async ({ db, params }) => ({ data: await packs.getByRef(db, params.ref) }),
    }),
  ]
}

function registerRoute({ packs_base_dir, local_roots = [] }: Deps): Route {
  return call({
    method: 'POST',
    path: '/api/v1/packs/register',
    summary: 'Register a pack from a directory on the server',
    description:
      'Reads and checks every file first; a problem anywhere leaves files and rows as they were. The tests of a ' +
      'pack are not run here.',
    tag,
    access: ['packs', 'install'],
    tokens,
    body: Type.Object(
      {
        path: Type.String({ minLength: 1, description: 'A directory with a pack.yaml.' }),
        skip_tests: Type.Optional(
          Type.Boolean({ description: 'Accepted; tests are not run at registration.' }),
        ),
        force: Type.Optional(
          Type.Boolean({ description: 'Replace the pack if it is there. Default false.' }),
        ),
      },
      { additionalProperties: false },
    ),
    success: { 201: item(PackDetail) },
    refusals: [409],
    async handle({ database, body, log, ...by }) {
      const { request_id } = by
      const holder = holderOf(by.caller)
      const anywhere = holds(holder.grants, 'permissions', 'manage')
      const { pack, warnings } = await installPack(database, {
        path: await allowedLocalPath(body.path, { roots: [...local_roots, packs_base_dir], anywhere }),
        force: body.force ?? false,
        packs_base_dir,
        holder,
        correlation_id: request_id,
        async alongside(tx, registered) {
          const { id: resource_id, ref: resource_ref, version, checksum } = registered
          const details = { version, checksum, path: body.path }
          await recordDeed(tx, by, {
            what: 'pack',
            verb: 'registered',
            resource_id,
            resource_ref,
            details,
          })
          return registered
        },
      })
      log.info({ pack: pack.ref, version: pack.version, request_id }, 'pack registered')
      return {
        data: pack,
        message: [`Pack '${pack.ref}' ${pack.version} registered`, ...warnings].join('; '),
      }
    },
  })
}
