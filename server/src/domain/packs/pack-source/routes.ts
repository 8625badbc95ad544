import { Type } from 'typebox'
import { nullable } from '../../../database/row.ts'
import { call, item, type Route } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import { shown } from '../../definition/pack/config.ts'
import { localRulesOf } from '../registrar/authority.ts'
import { type InstalledPack, installPack, installPacks } from '../registrar/install.ts'
import { readStaged } from '../registrar/staged-pack.ts'
import { PackDetail } from '../../definition/pack/pack.ts'
import { TestResult } from '../pack-test/pack-test.ts'
import { optionsOf } from './install-options.ts'
import { download, Downloads } from './download.ts'
import { inIncoming } from '../archive/incoming.ts'
import { obtainNeeded } from './dependencies.ts'
import { beginObtaining, localRoots, obtain, type SourceSettings } from './obtain.ts'
import { receiveUpload } from './receive-upload.ts'
import { Batch, registerBatch } from './register-batch.ts'
import { refusedSource } from '../fetch/source-url.ts'

const tag = 'packs'
const tokens = ['access', 'execution'] as const
const closed = { additionalProperties: false } as const
const bringing = { method: 'POST', tag, access: ['packs', 'install'], tokens } as const
/** Grants that are for some packs count: which pack it is shows when it has come. */
const registering = { ...bringing, scoped: true } as const

const Installed = Type.Object(
  {
    pack: PackDetail,
    test_result: nullable(TestResult),
    tests_skipped: Type.Boolean({
      description: 'Whether no tests were run: there are none, or they were not wanted.',
    }),
  },
  { title: 'InstalledPack' },
)

const InstalledWithNeeded = Type.Object(
  {
    ...Installed.properties,
    installed_dependencies: Type.Array(Type.Object({ ref: Type.String(), version: Type.String() }), {
      description: 'Packs that were fetched because it needs them, in the order in which they came.',
    }),
  },
  { title: 'FetchedPack' },
)

function answerOf({ pack, warnings, tests }: InstalledPack, verb: string) {
  const message = [`Pack '${pack.ref}' ${pack.version} ${verb}`, ...warnings].join('; ')
  return { data: { pack: shown(pack), test_result: tests, tests_skipped: tests === null }, message }
}

/** Ways in for packs that are not on the server yet. */
export function packSourceRoutes(sourcing: SourceSettings): Route[] {
  return [uploadRoute(sourcing), installRoute(sourcing), downloadRoute(sourcing), batchRoute(sourcing)]
}

function uploadRoute(sourcing: SourceSettings): Route {
  const { packs_base_dir, limits } = sourcing
  return call({
    ...registering,
    path: '/api/v1/packs/upload',
    summary: 'Register a pack from an archive',
    description:
      'A zip or a gzip-compressed tar with pack.yaml at its top or in the one folder at its top. Nothing of it is run. Owners, times and modes but the executable bit are not kept.',
    form: {
      max_file_bytes: limits.max_archive_size_bytes,
      schema: Type.Object({
        pack: Type.Unsafe<string>({ type: 'string', format: 'binary', description: 'The archive.' }),
        force: Type.Optional(Type.String({ description: 'true replaces the pack if it is there.' })),
        skip_tests: Type.Optional(Type.String({ description: 'true does not run the tests of the pack.' })),
      }),
    },
    success: { 201: item(Installed) },
    refusals: [409, 415],
    handle: ({ database, parts, ...by }) =>
      inIncoming(packs_base_dir, async (folder) => {
        const { staged, ...wishes } = await receiveUpload(parts, { folder, limits })
        const options = optionsOf({ database, sourcing, by, ...wishes, verb: 'uploaded' }, folder)
        const installed = await installPack(database, await readStaged(staged, options), options)
        const { ref: pack, version } = installed.pack
        by.log.info({ pack, version, request_id: by.request_id }, 'pack uploaded')
        return answerOf(installed, 'uploaded')
      }),
  })
}

function installRoute(sourcing: SourceSettings): Route {
  const { packs_base_dir } = sourcing
  return call({
    ...registering,
    path: '/api/v1/packs/install',
    summary: 'Fetch a pack and register it',
    description:
      'From an archive or a git repository by URL, from ref[@version] of an index, or from a path of the server. A pack that is there is replaced. Packs that it needs and that are not there are fetched from the indexes and registered before it: all of them or none.',
    body: Type.Object(
      {
        source: Type.String({
          minLength: 1,
          maxLength: 4096,
          description: 'https://…, git@host:path, ref[@version], or an absolute path of the server.',
        }),
        ref_spec: Type.Optional(
          nullable(
            Type.String({ maxLength: 255, description: 'Branch, tag or commit of a git repository.' }),
          ),
        ),
        skip_tests: Type.Optional(
          Type.Boolean({ description: 'Do not run the tests of the pack. Default false.' }),
        ),
        skip_deps: Type.Optional(
          Type.Boolean({
            description:
              'Do not fetch packs that it needs and that are not there; it is refused then. Default false.',
          }),
        ),
      },
      closed,
    ),
    success: { 200: item(InstalledWithNeeded) },
    refusals: [404, 409],
    handle: ({ database, body, ...by }) =>
      inIncoming(packs_base_dir, async (folder) => {
        const { anywhere } = localRulesOf(by.caller, localRoots(sourcing))
        const request = { source: body.source, ref_spec: body.ref_spec ?? undefined, anywhere }
        const obtaining = await beginObtaining(database, sourcing)
        const read = await readStaged(await obtain(obtaining, request, folder), { folder })
        const wishes = { force: true, skip_tests: body.skip_tests ?? false, verb: 'installed' } as const
        const all = body.skip_deps === true ? [read] : await obtainNeeded(obtaining, read, folder)
        const options = optionsOf({ database, sourcing, by, ...wishes }, folder)
        const needed = await installPacks(database, all, options)
        const installed = needed.pop()
        if (installed === undefined) throw new Error(`${body.source} was not installed.`)
        for (const { pack } of [...needed, installed])
          by.log.info({ pack: pack.ref, version: pack.version, request_id: by.request_id }, 'pack installed')
        const odd = needed.flatMap(({ pack, warnings }) => warnings.map((text) => `${pack.ref}: ${text}`))
        const warnings = [...installed.warnings, ...odd]
        const answer = answerOf({ ...installed, warnings }, 'installed')
        const installed_dependencies = needed.map(({ pack: { ref, version } }) => ({ ref, version }))
        return { ...answer, data: { ...answer.data, installed_dependencies } }
      }),
  })
}

const sources = Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { minItems: 1, maxItems: 50 })

function downloadRoute(sourcing: SourceSettings): Route {
  return call({
    ...bringing,
    path: '/api/v1/packs/download',
    summary: 'Fetch packs into a folder of the server, without registering them',
    description:
      'What cannot be fetched is listed with the reason. Folders that are given by name are removed after a day.',
    body: Type.Object(
      {
        packs: sources,
        destination_dir: Type.String({
          minLength: 1,
          maxLength: 4096,
          description: 'A name, or an absolute path below pack_registry.local_roots.',
        }),
        registry_url: Type.Optional(
          nullable(
            Type.String({
              maxLength: 2048,
              description: 'Ask this index alone; it must be one of the known ones.',
            }),
          ),
        ),
        ref_spec: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
        timeout: Type.Optional(
          Type.Integer({ minimum: 1, description: 'Seconds for each pack; at most pack_registry.timeout.' }),
        ),
        verify_ssl: Type.Optional(
          Type.Boolean({ description: 'Must be true: certificates are always verified.' }),
        ),
      },
      closed,
    ),
    success: { 200: item(Downloads) },
    async handle({ database, body, caller }) {
      if (body.verify_ssl === false) {
        throw refusedSource('cannot be false: certificates are always verified', 'verify_ssl')
      }
      const data = await download(database, sourcing, {
        sources: body.packs,
        destination_dir: body.destination_dir,
        ref_spec: body.ref_spec ?? undefined,
        anywhere: localRulesOf(caller, localRoots(sourcing)).anywhere,
        ...(typeof body.registry_url === 'string' ? { index_url: body.registry_url } : {}),
        ...(body.timeout === undefined ? {} : { timeout_seconds: body.timeout }),
      })
      return { data }
    },
  })
}

function batchRoute(sourcing: SourceSettings): Route {
  const { packs_base_dir } = sourcing
  return call({
    ...registering,
    path: '/api/v1/packs/register-batch',
    summary: 'Register packs from several directories on the server',
    description: 'In the given order, each by itself. What is refused is listed with the reason.',
    body: Type.Object(
      {
        pack_paths: sources,
        packs_base_dir: Type.Optional(
          nullable(Type.String({ description: 'Must be where this server keeps packs.' })),
        ),
        skip_validation: Type.Optional(
          Type.Boolean({ description: 'Must be false: packs are always validated.' }),
        ),
        skip_tests: Type.Optional(
          Type.Boolean({ description: 'Do not run the tests of the packs. Default false.' }),
        ),
        force: Type.Optional(Type.Boolean({ description: 'Replace packs that are there. Default false.' })),
      },
      closed,
    ),
    success: { 200: item(Batch) },
    async handle({ database, body, ...by }) {
      refuseUnlike(body, packs_base_dir)
      const { force = false, skip_tests = false } = body
      const data = await registerBatch(
        { database, sourcing, by, force, skip_tests, verb: 'registered' },
        localRulesOf(by.caller, localRoots(sourcing)),
        body.pack_paths,
      )
      return { data }
    },
  })
}

/** What is asked for and not done is refused rather than passed over. */
function refuseUnlike(
  { skip_validation, packs_base_dir: asked }: { skip_validation?: boolean; packs_base_dir?: string | null },
  packs_base_dir: string,
): void {
  const unlike = (field: string, message: string) =>
    new Problem('BAD_REQUEST', `${field}: ${message}`, [{ field, message }])
  if (skip_validation === true) throw unlike('skip_validation', 'cannot be true: packs are always validated')
  if (typeof asked === 'string' && asked !== packs_base_dir) {
    throw unlike('packs_base_dir', 'is not where this server keeps packs; leave it out')
  }
}
