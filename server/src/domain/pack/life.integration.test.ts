import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { dropEnvironments } from '../../services/dropped-packs.ts'
import { startDepot } from '../../../test/depot.ts'
import { fixture } from '../../../test/fixture.ts'
import * as given from '../../../test/given.ts'
import { sql } from '../../database/sql.ts'
import type { Grant } from '../caller/permission.ts'
import { type Id, toId } from '../../id.ts'
import type { Json } from '../../json.ts'
import { openConfigs } from '../definition/pack/config-secrets.ts'

const depot = await fixture(startDepot())
beforeEach(() => depot.clear())

const bare = { ref: 'tally', label: 'Tally', version: '1.0.0' }
const configured = {
  ...bare,
  conf_schema: { folder: { type: 'string', default: 'in' }, size: { type: 'integer', minimum: 1 } },
}

/** A token of a new account with these grants, and the account. */
async function account(...grants: Grant[]): Promise<{ by: string; identity: number }> {
  const { db, tokenOf } = depot.api
  const identity = await given.identity(db)
  const set = await given.permissionSet(db, { grants })
  await given.permissionAssignment(db, { identity: identity.id, permset: set.id })
  const by = await tokenOf(identity)
  return { by, identity: identity.id }
}

const every = (constraints?: Grant['constraints']): Grant => ({
  resource: 'packs',
  actions: ['read', 'create', 'install', 'configure', 'delete'],
  ...(constraints === undefined ? {} : { constraints }),
})

describe('a pack without files', () => {
  test('is created for its creator, and shown and listed', async () => {
    const { by, identity } = await account(every())

    const created = await depot.call('POST /api/v1/packs', { by, body: { ...configured, tags: ['a'] } })

    expect(created).toMatchObject({
      status: 201,
      body: { data: { ref: 'tally', installed_by: identity, tags: ['a'], is_standard: false } },
    })
    expect(await depot.call('GET /api/v1/packs/tally', { by })).toMatchObject({
      status: 200,
      body: { data: { config: { folder: 'in' } } },
    })
    const { body } = await depot.call('GET /api/v1/packs', { by })
    expect(body).toMatchObject({
      data: [{ ref: 'core' }, { ref: 'tally' }],
      pagination: { total_items: 2 },
    })
    expect(await audited()).toEqual([{ event_type: 'pack.created', resource_ref: 'tally' }])
  })

  test.each([
    ['a ref that is none', { ...bare, ref: 'Tally' }, 'ref'],
    ['a version that is none', { ...bare, version: '1.0' }, 'version'],
    ['a schema that is wrong', { ...bare, conf_schema: { size: { type: 'big' } } }, 'conf_schema.size.type'],
    ['a configuration that does not fit', { ...configured, config: { size: 0 } }, 'config.size'],
    ['a dependency that cannot be read', { ...bare, dependencies: ['a b'] }, 'dependencies.0'],
    ['itself as a dependency', { ...bare, dependencies: ['tally'] }, 'dependencies.0'],
    ['a field that packs do not have', { ...bare, lable: 'x' }, 'lable'],
  ])('is refused with %s', async (_, body, field) => {
    const answer = await depot.call('POST /api/v1/packs', { body })

    expect(answer).toMatchObject({ status: 422, body: { details: [{ field }] } })
    expect(await depot.refs(sql`select ref from pack where ref <> 'core'`)).toEqual([])
  })

  test('is refused when the ref is taken', async () => {
    expect((await depot.call('POST /api/v1/packs', { body: { ...bare, ref: 'core' } })).status).toBe(409)
  })

  test('needs what it depends on', async () => {
    const body = { ...bare, dependencies: ['elsewhere@^1', 'core@>=99'], runtime_deps: ['cobol'] }

    expect(await depot.call('POST /api/v1/packs', { body })).toMatchObject({
      status: 400,
      body: {
        error: expect.stringContaining('Pack dependency validation failed: '),
        details: [
          { message: "Required pack 'elsewhere' is not installed" },
          { message: "Pack 'core' version 1.0.0 does not satisfy constraint '>=99'" },
          { message: "Runtime 'cobol' not found on system" },
        ],
      },
    })
  })
})

describe('configuring a pack', () => {
  test('changes what is given and keeps the rest', async () => {
    await depot.call('POST /api/v1/packs', { body: { ...configured, description: 'Counts' } })

    const answer = await depot.call('PUT /api/v1/packs/tally', {
      body: { config: { size: 3 }, label: 'New' },
    })

    expect(answer).toMatchObject({
      status: 200,
      body: { data: { label: 'New', description: 'Counts', config: { folder: 'in', size: 3 } } },
    })
    expect(await depot.rows(sql`select config from pack where ref = 'tally'`)).toEqual([
      { config: { size: 3 } },
    ])
  })

  test('clears a description only when that is said', async () => {
    await depot.call('POST /api/v1/packs', { body: { ...bare, description: 'Counts' } })

    const kept = await depot.call('PUT /api/v1/packs/tally', { body: { description: null } })
    const cleared = await depot.call('PUT /api/v1/packs/tally', { body: { description: { op: 'clear' } } })

    expect([kept, cleared].map(({ body }) => Object(body.data).description)).toEqual(['Counts', null])
  })

  test('reads what was typed as the schema asks for it, and keeps the rest', async () => {
    await depot.call('POST /api/v1/packs', { body: { ...configured, config: { folder: 'out', size: 1 } } })

    const answer = await depot.call('PUT /api/v1/packs/tally', {
      body: { config_texts: { folder: '2026', extra: '[1]' } },
    })

    expect(answer).toMatchObject({
      status: 200,
      body: { data: { config: { folder: '2026', size: 1, extra: [1] } } },
    })
  })

  test('names the value that does not fit, and changes nothing', async () => {
    await depot.call('POST /api/v1/packs', { body: configured })

    const answer = await depot.call('PUT /api/v1/packs/tally', {
      body: { config: { size: 'big' }, label: 'New' },
    })

    expect(answer).toMatchObject({
      status: 422,
      body: { details: [{ field: 'config.size', message: 'must be an integer, not a string' }] },
    })
    expect(await depot.rows(sql`select label, config from pack where ref = 'tally'`)).toEqual([
      { label: 'Tally', config: {} },
    ])
  })

  test('mentions a name that is most likely misspelt', async () => {
    await depot.call('POST /api/v1/packs', { body: configured })

    const { body } = await depot.call('PUT /api/v1/packs/tally', { body: { config: { floder: 'x' } } })

    expect(body.message).toBe(
      "Pack 'tally' updated; config.floder is not in conf_schema; did you mean 'folder'?",
    )
  })

  test('of one with files leaves alone what its files say, and takes it back unchanged', async () => {
    await depot.register(await depot.directory())
    const { body } = await depot.call('GET /api/v1/packs/depot')
    const { version, conf_schema, dependencies, config } = Object(body.data)

    const same = await depot.call('PUT /api/v1/packs/depot', {
      body: { version, conf_schema, dependencies, config, label: 'My depot' },
    })
    const other = await depot.call('PUT /api/v1/packs/depot', { body: { version: '9.0.0' } })

    expect(same).toMatchObject({ status: 200, body: { data: { label: 'My depot' } } })
    expect(other).toMatchObject({ status: 422, body: { details: [{ field: 'version' }] } })
  })

  test('keeps a secret encrypted, shows it to nobody, and keeps it when its mark is sent back', async () => {
    const conf_schema = { key: { type: 'string', secret: true } }
    const created = await depot.call('POST /api/v1/packs', {
      body: { ...bare, conf_schema, config: { key: 'hush-hush' } },
    })
    const { config } = Object(created.body.data)

    const answer = await depot.call('PUT /api/v1/packs/tally', { body: { config: { ...config, more: 1 } } })

    const marker = { $attune_secret: true, redacted: true }
    expect(config).toEqual({ key: marker })
    expect(answer).toMatchObject({ status: 200, body: { data: { config: { key: marker, more: 1 } } } })
    const [row] = await depot.api.db.many<{ id: Id<'pack'>; config: Json }>(
      sql`select id, config from pack where ref = 'tally'`,
    )
    expect(row?.config).toEqual({ key: marker, more: 1 })
    const [opened] = await openConfigs(depot.api.db, depot.api.cipher, [
      { pack: row?.id ?? toId<'pack'>(0), pack_config: row?.config ?? null },
    ])
    expect(opened?.pack_config).toEqual({ key: 'hush-hush', more: 1 })
  })
})

describe('deleting a pack', () => {
  test('removes its rows and its directory, and tells', async () => {
    await depot.register(await depot.directory())
    const { id } = await depot.api.db.one<{ id: number }>(sql`select id from pack where ref = 'depot'`)
    await depot.said()

    const answer = await depot.call('DELETE /api/v1/packs/depot')

    expect(answer).toMatchObject({ status: 200, body: { data: { success: true } } })
    expect(await depot.ids()).toEqual([])
    expect(await readdir(depot.packs_base_dir)).toEqual([])
    const said = await depot.said()
    expect(said.map(({ type, payload }) => [type, payload.rule_ref ?? payload.pack_ref])).toEqual([
      ['RuleDeleted', 'depot.say_lost'],
      ['RuleDeleted', 'depot.weigh_new'],
      ['PackDeleted', 'depot'],
    ])
    expect(said.at(-1)?.payload).toEqual({ pack_id: id, pack_ref: 'depot' })
    expect((await depot.call('GET /api/v1/packs/depot')).status).toBe(404)
  })

  test('leaves no secret of its configuration behind', async () => {
    const conf_schema = { key: { type: 'string', secret: true } }
    await depot.call('POST /api/v1/packs', { body: { ...bare, conf_schema, config: { key: 'hush-hush' } } })
    const { id } = await depot.api.db.one<{ id: number }>(sql`select id from pack where ref = 'tally'`)
    const kept = sql`
      select from execution_secret_value where entity_type = 'pack_config' and entity_id = ${id}`
    expect(await depot.api.db.many(kept)).toHaveLength(1)

    await depot.call('DELETE /api/v1/packs/tally')

    expect(await depot.api.db.many(kept)).toEqual([])
  })

  test('leaves a directory that is not in the packs folder', async () => {
    const source = await depot.directory()
    await depot.register(source)
    await depot.api.db.run(sql`update pack set storage_path = ${source} where ref = 'depot'`)

    await depot.call('DELETE /api/v1/packs/depot')

    expect(await readdir(source)).toContain('pack.yaml')
  })

  test('that others need is refused, unless it is forced', async () => {
    await depot.register(await depot.directory())
    await depot.call('POST /api/v1/packs', { body: { ...bare, dependencies: ['depot@^1.0.0'] } })

    const refused = await depot.call('DELETE /api/v1/packs/depot')
    const forced = await depot.call('DELETE /api/v1/packs/depot?force=true')

    expect(refused).toMatchObject({ status: 409, body: { details: [{ field: 'tally' }] } })
    expect(forced.status).toBe(200)
  })

  test('that ships with the platform is refused', async () => {
    expect(await depot.call('DELETE /api/v1/packs/core')).toMatchObject({
      status: 409,
      body: { details: [{ field: 'force' }] },
    })
  })

  test('is refused while others run by its runtimes, and everything stays', async () => {
    await depot.register(await depot.directory())
    const before = await depot.ids()
    const { id: runtime } = await depot.api.db.one<{ id: number }>(
      sql`select id from runtime where ref = 'depot.lua'`,
    )
    await given.action(depot.api.db, { runtime, ref: 'other.act' })
    await depot.said()

    const answer = await depot.call('DELETE /api/v1/packs/depot?force=true')

    expect(answer).toMatchObject({ status: 422, body: { details: [{ field: 'other.act' }] } })
    expect(await depot.ids()).toEqual(before)
    expect(await depot.said()).toEqual([])
    expect(await readdir(join(depot.packs_base_dir, 'depot'))).toContain('pack.yaml')
  })

  test('is refused while keys belong to it, and its directory stays', async () => {
    await depot.register(await depot.directory())
    const { db } = depot.api
    await db.run(sql`
      insert into key (ref, owner_type, owner_pack, owner_pack_ref, name, encrypted, value)
      select 'depot.token', 'pack', id, ref, 'token', false, '1' from pack where ref = 'depot'`)
    onTestFinished(() => db.run(sql`delete from key where ref = 'depot.token'`).then(() => undefined))

    const answer = await depot.call('DELETE /api/v1/packs/depot')

    expect(answer).toMatchObject({ status: 422, body: { error: expect.stringContaining('keys') } })
    expect(await readdir(join(depot.packs_base_dir, 'depot'))).toContain('pack.yaml')
    await db.run(sql`delete from key where ref = 'depot.token'`)
    expect((await depot.call('DELETE /api/v1/packs/depot')).status).toBe(200)
  })

  test('drops what workers built for it, unless it is there again', async () => {
    const runtime_envs = await mkdtemp(join(tmpdir(), 'attune-envs-'))
    onTestFinished(() => rm(runtime_envs, { recursive: true }))
    for (const ref of ['gone', 'core']) {
      await mkdir(join(runtime_envs, ref))
      await writeFile(join(runtime_envs, ref, 'lib'), '')
    }
    const messages = ['gone', 'core', '../up'].map((pack_ref) => ({ pack_id: toId<'pack'>(1), pack_ref }))
    const folders = { packs: '', runtime_envs, artifacts: '', work: '' }

    await depot.api.db.transaction((tx) => dropEnvironments(tx, messages, { folders, log: depot.api.log }))

    expect(await readdir(runtime_envs)).toEqual(['core'])
  })
})

describe('a pack that somebody else installed', () => {
  beforeEach(async () => {
    const { by } = await account(every())
    await depot.call('POST /api/v1/packs', { by, body: configured })
  })

  /** The pack with files, to replace the one that is there. */
  async function files(): Promise<string> {
    const path = await mkdtemp(join(depot.packs_base_dir, '..', 'tally-'))
    onTestFinished(() => rm(path, { recursive: true }))
    await writeFile(join(path, 'pack.yaml'), 'ref: tally\nversion: 2.0.0\n')
    return path
  }

  test('is read with the ordinary grant and not changed with it', async () => {
    const { by } = await account(every())

    const answers = [
      await depot.call('GET /api/v1/packs/tally', { by }),
      await depot.call('PUT /api/v1/packs/tally', { by, body: { label: 'Mine' } }),
      await depot.call('DELETE /api/v1/packs/tally', { by }),
      await depot.register(await files(), { by, force: true }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 403, 403, 403])
    expect(answers[1]?.body.error).toContain('somebody else installed')
  })

  test('is replaced with a grant that says so', async () => {
    const { by } = await account(every(), every({ owner: 'any' }))

    expect((await depot.register(await files(), { by, force: true })).status).toBe(201)
  })

  test.each<[string, Grant['constraints'], number]>([
    ['any owner', { owner: 'any' }, 200],
    ['its ref', { refs: ['tally'] }, 200],
    ['its pack ref', { pack_refs: ['tally'] }, 200],
    ['another ref', { refs: ['core'] }, 404],
    ['the own ones', { owner: 'self' }, 404],
  ])('with a grant for %s is answered as that says', async (_, constraints, status) => {
    const { by } = await account(every(constraints))

    expect((await depot.call('PUT /api/v1/packs/tally', { by, body: { label: 'Mine' } })).status).toBe(status)
  })

  test('is hidden from whoever may not read it, exactly as one that is not there', async () => {
    const { by } = await account(every({ refs: ['elsewhere'] }))

    const hidden = await depot.call('GET /api/v1/packs/tally', { by })
    const absent = await depot.call('GET /api/v1/packs/absent', { by })
    const { body } = await depot.call('GET /api/v1/packs', { by })

    expect(hidden.status).toBe(404)
    expect(JSON.stringify(hidden.body).replace('tally', 'absent')).toBe(JSON.stringify(absent.body))
    expect(body).toMatchObject({ data: [{ ref: 'core' }], pagination: { total_items: 1 } })
  })
})

describe('dependencies', () => {
  test('that lead back to the pack are refused', async () => {
    await depot.call('POST /api/v1/packs', { body: bare })
    await depot.call('POST /api/v1/packs', { body: { ...bare, ref: 'depot', dependencies: ['tally'] } })

    const answer = await depot.call('PUT /api/v1/packs/tally', { body: { dependencies: ['depot'] } })

    expect(answer).toMatchObject({
      status: 400,
      body: { details: [{ message: "Pack 'tally' depends on itself: tally → depot → tally" }] },
    })
  })

  test('that another pack has on this one are warned of when they break', async () => {
    await depot.register(await depot.directory())
    await depot.call('POST /api/v1/packs', { body: { ...bare, dependencies: ['depot@<2'] } })

    const { body } = await depot.register(
      await depot.directory({ 'pack.yaml': 'ref: depot\nversion: 2.0.0\n' }),
      { force: true },
    )

    expect(body.message).toContain("the pack 'tally' needs 'depot@<2', which version 2.0.0 is not")
  })

  test('of packs in directories are listed without registering any', async () => {
    const path = await depot.directory({
      'pack.yaml':
        'ref: depot\nversion: 1.0.0\npython: "3.11"\ndependencies: ["core@>=1.0.0", "absent@^2"]\n',
      'requirements.txt': '',
    })

    const { status, body } = await depot.call('POST /api/v1/packs/dependencies', {
      body: { pack_paths: [path, '/no/such/place'] },
    })

    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      dependencies: [
        { pack_ref: 'core', version_spec: '>=1.0.0', required_by: 'depot', already_installed: true },
        { pack_ref: 'absent', version_spec: '^2', required_by: 'depot', already_installed: false },
      ],
      missing_dependencies: [{ pack_ref: 'absent' }],
      runtime_requirements: {
        depot: { python: { version: '3.11', requirements_file: 'requirements.txt' }, nodejs: null },
      },
      analyzed_packs: [{ pack_ref: 'depot', has_dependencies: true, dependency_count: 2 }],
      errors: [
        { pack_path: '/no/such/place' },
        { pack_path: path, error: "Required pack 'absent' is not installed" },
      ],
    })
    expect(await depot.refs(sql`select ref from pack where ref = 'depot'`)).toEqual([])
  })
})

test('the schemas of pack files are open to everybody and may be kept', async () => {
  const { status, body, headers } = await depot.api.call('GET /schemas/action.json')

  expect(status).toBe(200)
  expect(body).toMatchObject({ title: 'An action', additionalProperties: false })
  expect(headers).toMatchObject({
    'cache-control': 'public, max-age=3600',
    'content-type': expect.stringContaining('application/schema+json'),
  })
})

function audited() {
  return depot.rows(sql`select event_type, resource_ref from audit_event order by id desc limit 1`)
}
