import { Type } from 'typebox'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { call, item, read, type Route, write } from '../../../http/route.ts'
import { inIncoming } from '../archive/incoming.ts'
import { allowedLocalPath } from '../reader/local-path.ts'
import type { RunSuite } from '../pack-test/suite.ts'
import { holderOf } from '../../access/permission/delegation.ts'
import { analyse, Analysis } from './analyse.ts'
import { localRulesOf } from './authority.ts'
import { recordChange } from '../../definition/pack/audit.ts'
import { shown } from '../../definition/pack/config.ts'
import { CreatePack, createPack, type Configured, UpdatePack, updatePack } from './configure.ts'
import { deletePack } from './delete-pack.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { installPack } from './install.ts'
import { readStaged, stageDirectory } from './staged-pack.ts'
import { PackDetail, PackSummary } from '../../definition/pack/pack.ts'
import * as packs from '../../definition/pack/queries.ts'
import { readable, readableRows } from '../../definition/pack/visibility.ts'

type Deps = {
  packs_base_dir: string
  /** For what configurations declare secret. */
  cipher: Cipher
  /** Where whoever may install packs may take them from; elsewhere it takes permissions:manage. */
  local_roots?: readonly string[]
  /** Runs the tests of packs; without it they are not run. */
  run_suite?: RunSuite
}

const tokens = ['access', 'execution'] as const
const common = { tag: 'packs', tokens, scoped: true } as const
const byRef = Type.Object({ ref: Type.String() })
/** A pack, and what is odd about it though it was taken. */
const Taken = Type.Object(
  {
    data: PackDetail,
    message: Type.String(),
    warnings: Type.Optional(Type.Array(Type.String())),
  },
  { title: 'TakenPack' },
)
const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })

/** Packs: definitions that come, change and go together. */
export function packRoutes(deps: Deps): Route[] {
  return [...readRoutes(), ...changeRoutes(deps), registerRoute(deps), dependenciesRoute(deps)]
}

function readRoutes(): Route[] {
  return [
    read({
      ...common,
      method: 'GET',
      path: '/api/v1/packs',
      summary: 'List packs',
      access: ['packs', 'read'],
      query: Type.Object(pageQuery),
      success: { 200: listOf(PackSummary) },
      handle: ({ db, caller, query }) =>
        answerPage(query, (page) => packs.list(db, readableRows(caller), page)),
    }),
    read({
      ...common,
      method: 'GET',
      path: '/api/v1/packs/{ref}',
      summary: 'Get a pack',
      description:
        'Defaults of conf_schema fill the gaps of the configuration; what the schema calls secret is left out.',
      access: ['packs', 'read'],
      params: byRef,
      success: { 200: item(PackDetail) },
      refusals: [404],
      handle: async ({ db, caller, params: { ref } }) => ({
        data: shown(readable(caller, await packs.findByRef(db, ref), ref)),
      }),
    }),
  ]
}

function changeRoutes({ packs_base_dir, cipher }: Deps): Route[] {
  return [
    write({
      ...common,
      method: 'POST',
      path: '/api/v1/packs',
      summary: 'Create a pack without files',
      description: 'A name for actions, triggers and rules that people make through the API.',
      access: ['packs', 'create'],
      body: CreatePack,
      success: { 201: Taken },
      refusals: [409],
      handle: async ({ tx, body, ...by }) => answerOf(await createPack({ tx, cipher, by }, body), 'created'),
    }),
    write({
      ...common,
      method: 'PUT',
      path: '/api/v1/packs/{ref}',
      summary: 'Configure a pack',
      description:
        'What is not given stays. What pack.yaml says of a pack with files is changed there. A pack that somebody else ' +
        'installed needs a grant that is constrained by owner, pack_refs, refs or ids.',
      access: ['packs', 'configure'],
      params: byRef,
      body: UpdatePack,
      success: { 200: Taken },
      refusals: [404],
      handle: async ({ tx, params, body, ...by }) =>
        answerOf(await updatePack({ tx, cipher, by }, params.ref, body), 'updated'),
    }),
    call({
      ...common,
      method: 'DELETE',
      path: '/api/v1/packs/{ref}',
      summary: 'Delete a pack',
      description:
        'Its actions, triggers, sensors, rules, runtimes and permission sets go along, and its directory in the packs ' +
        'folder; events and executions stay.',
      access: ['packs', 'delete'],
      params: byRef,
      query: Type.Object({
        force: Type.Optional(
          Type.Boolean({
            description: 'Also when it ships with the platform or other packs need it. Default false.',
          }),
        ),
      }),
      success: { 200: item(Acknowledged) },
      refusals: [404, 409, 422],
      async handle({ database, params: { ref }, query, ...by }) {
        await deletePack(database, { ref, force: query.force ?? false, packs_base_dir, by })
        return { data: { success: true, message: `Pack '${ref}' deleted` } }
      },
    }),
  ]
}

function answerOf({ pack, warnings }: Configured, verb: string) {
  const message = [`Pack '${pack.ref}' ${verb}`, ...warnings].join('; ')
  return { data: shown(pack), message, ...(warnings.length > 0 ? { warnings } : {}) }
}

function rootsOf({ packs_base_dir, local_roots = [] }: Deps): string[] {
  return [...local_roots, packs_base_dir]
}

function registerRoute(deps: Deps): Route {
  const { packs_base_dir, cipher, run_suite } = deps
  return call({
    ...common,
    method: 'POST',
    path: '/api/v1/packs/register',
    summary: 'Register a pack from a directory on the server',
    description:
      'Reads and checks every file first, then runs the tests that the pack brings; a problem anywhere leaves files ' +
      'and rows as they were.',
    access: ['packs', 'install'],
    body: Type.Object(
      {
        path: Type.String({ minLength: 1, description: 'A directory with a pack.yaml.' }),
        skip_tests: Type.Optional(
          Type.Boolean({ description: 'Do not run the tests of the pack. Default false.' }),
        ),
        force: Type.Optional(
          Type.Boolean({
            description:
              'Replace the pack if it is there, and register it also when its tests fail. Default false.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    success: { 201: Taken },
    refusals: [409],
    async handle({ database, body, log, ...by }) {
      const { request_id } = by
      const path = await allowedLocalPath(body.path, localRulesOf(by.caller, rootsOf(deps)))
      const { pack, warnings } = await inIncoming(packs_base_dir, async (folder) => {
        const place = { packs_base_dir, folder }
        const read = await readStaged(await stageDirectory(database, path, place), place)
        return installPack(database, read, {
          ...place,
          force: body.force ?? false,
          cipher,
          holder: holderOf(by.caller),
          correlation_id: request_id,
          async alongside(tx, registered) {
            await recordChange(tx, 'registered', registered, { by, details: { path: body.path } })
            return registered
          },
          ...(run_suite === undefined || body.skip_tests === true ? {} : { run_suite }),
        })
      })
      log.info({ pack: pack.ref, version: pack.version, request_id }, 'pack registered')
      return answerOf({ pack, warnings }, `${pack.version} registered`)
    },
  })
}

function dependenciesRoute(deps: Deps): Route {
  return read({
    ...common,
    method: 'POST',
    path: '/api/v1/packs/dependencies',
    summary: 'What packs in directories on the server need',
    description:
      'Nothing is registered. A directory that is no pack is told of and does not keep the others back.',
    access: ['packs', 'install'],
    body: Type.Object(
      {
        pack_paths: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 100 }),
        skip_validation: Type.Optional(
          Type.Boolean({
            description: 'Only list the needs; do not look whether they are met. Default false.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    success: { 200: item(Analysis) },
    handle: async ({ db, caller, body }) => ({
      data: await analyse(db, body.pack_paths, {
        validate: body.skip_validation !== true,
        rules: localRulesOf(caller, rootsOf(deps)),
      }),
    }),
  })
}
