import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSuiteRunner } from '../src/action-runner/test-suite.ts'
import { type Sql, sql } from '../src/database/sql.ts'
import { loadPack } from '../src/domain/packs/registrar/load.ts'
import { packRoutes } from '../src/domain/packs/registrar/routes.ts'
import type { Route } from '../src/http/route.ts'
import { schemaRoutes } from '../src/domain/packs/registrar/schema-routes.ts'
import { packTestRoutes } from '../src/domain/packs/registrar/test-routes.ts'
import type { JsonObject } from '../src/json.ts'
import { type Answer, type Api, type ApiParts, startApi } from './api.ts'
import { listenToLifecycle, type Said } from './lifecycle.ts'

const core = fileURLToPath(new URL('../../packs/core', import.meta.url))

/** The files of a pack that has something of every kind. */
export const depotFiles = {
  'pack.yaml':
    'ref: depot\nlabel: Depot\nversion: 1.0.0\ndependencies: ["core@>=1.0.0"]\nconfig: {folder: in}\n',
  'runtimes/lua.yaml':
    'ref: lua\nname: Lua\nversions: [{version: "5.3"}, {version: "5.4", is_default: true}]\n',
  'triggers/parcel.yaml': 'ref: parcel\nparameters: {suffix: {type: string, default: .csv}}\n',
  'triggers/lost.yaml': 'ref: lost\n',
  'sensors/watch.yaml':
    'ref: watch\nrunner_type: python\nentry_point: watch.py\ntrigger_types: [parcel, lost]\n',
  'sensors/watch.py': '',
  'actions/weigh.yaml':
    'ref: weigh\ndescription: Weighs\nentry_point: weigh.sh\nparameters: {name: {type: string, required: true}}\n',
  'actions/weigh.sh': 'echo 1\n',
  'actions/pack.yaml': 'ref: pack\nrunner_type: lua\nentry_point: pack.lua\n',
  'actions/pack.lua': '',
  'rules/weigh_new.yaml':
    'ref: weigh_new\ntrigger_ref: parcel\naction_ref: weigh\naction_params: {name: "{{ event.payload.name }}"}\n',
  'rules/say_lost.yaml':
    'ref: say_lost\ntrigger_ref: lost\naction_ref: core.echo\naction_params: {message: lost}\n',
  'permission_sets/clerk.yaml': 'ref: clerk\nlabel: Clerk\ngrants: [{resource: actions, actions: [read]}]\n',
} as const

/** Contents of files by path; undefined leaves one of the depot's out. */
export type Changes = Readonly<Record<string, string | undefined>>

export type Depot = {
  api: Api
  packs_base_dir: string
  /** The depot pack in a directory of its own, with changes. */
  directory(changes?: Changes): Promise<string>
  /** Registers by HTTP, as who holds every permission unless `by` is given. */
  register(path: string, options?: { force?: boolean; by?: string; skip_tests?: boolean }): Promise<Answer>
  /** Calls the API as who holds every permission unless `by` is given. */
  call(what: `${string} ${string}`, options?: { by?: string; body?: JsonObject }): Promise<Answer>
  /** What was told since it was last asked. */
  said(): Promise<Said[]>
  rows(query: Sql): Promise<JsonObject[]>
  refs(query: Sql): Promise<unknown[]>
  /** Every row of the pack, with its id. */
  ids(): Promise<JsonObject[]>
  /** As after the start: no pack but core, nothing installed, nothing told. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** An API with the core pack, and a depot pack to register in many ways. */
export async function startDepot(
  more: (parts: ApiParts, packs_base_dir: string) => Route[] = () => [],
): Promise<Depot> {
  const folder = await mkdtemp(join(tmpdir(), 'attune-packs-'))
  const packs_base_dir = join(folder, 'installed')
  const suites = createSuiteRunner({ PATH: process.env.PATH })
  const api = await startApi((parts) => [
    ...packRoutes({ packs_base_dir, cipher: parts.cipher, run_suite: suites.run, local_roots: [folder] }),
    ...packTestRoutes({ run_suite: suites.run }),
    ...schemaRoutes(),
    ...more(parts, packs_base_dir),
  ])
  await loadPack(api.db, core, { registered_by: null, is_standard: true, log: api.log, cipher: api.cipher })
  const { said } = await listenToLifecycle(api.db)
  const token = await api.token()
  const rows = (query: Sql) => api.db.many<JsonObject>(query)
  let written = 0

  return {
    api,
    packs_base_dir,
    said,
    rows,
    async directory(changes = {}) {
      written += 1
      const dir = join(folder, `source-${written}`)
      await writeFiles(dir, { ...depotFiles, ...changes })
      return dir
    },
    register: (path, { force = false, by = token, skip_tests = false } = {}) =>
      api.call('POST /api/v1/packs/register', { token: by, body: { path, force, skip_tests } }),
    call: (what, { by = token, ...request } = {}) => api.call(what, { token: by, ...request }),
    refs: async (query) => (await rows(query)).map(({ ref }) => ref),
    ids: () =>
      rows(sql`
        select ref, id from action where pack_ref = 'depot'
        union all select ref, id from trigger where pack_ref = 'depot'
        union all select ref, id from sensor where pack_ref = 'depot'
        union all select ref, id from rule where pack_ref = 'depot'
        union all select ref, id from runtime where pack_ref = 'depot'
        union all select ref, id from pack where ref = 'depot'
        order by ref, id`),
    async clear() {
      await api.db.run(sql`delete from pack where ref <> 'core'`)
      await rm(packs_base_dir, { recursive: true, force: true })
      await said()
    },
    async close() {
      await api.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function writeFiles(dir: string, files: Changes): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) continue
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
}
