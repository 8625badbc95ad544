import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { packEnvironmentRoutes } from './routes.ts'

const volumes = ['6f9619ff-8b86-4d01-b42d-00cf4fc964ff', '6f9619ff-8b86-4d01-b42d-00cf4fc96400'] as const
const config = {
  environment: { env_type: 'virtualenv' },
  dependencies: { manifest_file: 'requirements.txt', install_command: [] },
}
const folder = await mkdtemp(join(tmpdir(), 'attune-build-envs-'))
const api = await fixture(startApi(() => packEnvironmentRoutes({ packs_base_dir: folder })))
await api.db.run(sql`
    insert into queue_consumer (queue, instance, family, expires_at)
    values ('worker.7.packs', ${volumes[0]}, 'worker.{worker_id}.packs', now() + interval '1 hour')`)
await mkdir(join(folder, 'pepper'))
await writeFile(join(folder, 'pepper', 'requirements.txt'), 'grinder\n')
afterAll(async () => {
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  for (const clear of [sql`delete from pack`, sql`delete from worker`, sql`delete from message`])
    await api.db.run(clear)
})

/** A pack with a Python action and a manifest, and two workers of which one has Python. */
async function pepper(columns: JsonObject = {}) {
  const pack = await given.pack(api.db, { ref: 'pepper', storage_path: join(folder, 'pepper'), ...columns })
  const runtime = await given.runtime(api.db, {
    pack: pack.id,
    ref: 'pepper.python',
    name: 'Python',
    execution_config: config,
  })
  await given.action(api.db, { pack: pack.id, runtime: runtime.id })
  for (const [index, volume] of volumes.entries())
    await given.worker(api.db, {
      capabilities: {
        runtimes: index === 0 ? ['python'] : ['shell'],
        environments: { volume, path: `/envs/${index}` },
      },
    })
  return pack
}

const ask = async (body: JsonObject, token?: string) =>
  api.call('POST /api/v1/packs/build-envs', { token: token ?? (await api.token()), body })
const said = async () =>
  (await api.db.many<{ type: string }>(sql`delete from message returning type`)).map(({ type }) => type)
const setStatus = (status: string) =>
  api.db.run(sql`update pack_environment set status = ${status}, install_error = 'no'`)

describe('asking for a build', () => {
  test('writes down what each worker is to have, tells the workers, and answers with the states', async () => {
    const pack = await pepper()

    const answer = await ask({ pack_refs: ['pepper'] })

    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: {
          environments: [
            {
              pack: pack.id,
              runtime_ref: 'pepper.python',
              volume: volumes[0],
              env_path: '/envs/0/pepper/python',
              status: 'pending',
            },
          ],
          summary: { total_packs: 1, ready: 0, failed: 0, pending: 1 },
        },
      },
    })
    expect(await said()).toEqual(['PackBuildRequested'])
    expect(
      await api.db.many(sql`
        select event_type, resource_ref, details ->> 'force' as force from audit_event
        where event_type = 'pack.build_requested' and resource_ref = 'pepper'`),
    ).toEqual([{ event_type: 'pack.build_requested', resource_ref: 'pepper', force: 'false' }])
  })

  test('names a pack by its directory too, as other clients do, and says what is not taken of theirs', async () => {
    await pepper()

    const answer = await ask({
      pack_paths: [join(folder, 'pepper'), '/elsewhere/pepper'],
      python_version: '3.11',
    })

    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: { summary: { total_packs: 1, pending: 1 } },
        warnings: ['python_version has no effect: the versions that actions ask for are built'],
      },
    })
  })

  test('has what failed tried again, and what is ready made anew only when that is forced', async () => {
    await pepper()
    await ask({ pack_refs: ['pepper'] })
    await setStatus('failed')
    const again = await ask({ pack_refs: ['pepper'] })
    await setStatus('ready')
    const kept = await ask({ pack_refs: ['pepper'] })
    const forced = await ask({ pack_refs: ['pepper'], force_rebuild: true })

    const states = [again, kept, forced].map(({ body }) => Object(body.data).environments)
    expect(states).toMatchObject([
      [{ status: 'pending' }],
      [{ status: 'ready', rebuild_requested: false }],
      [{ status: 'outdated', rebuild_requested: true }],
    ])
  })

  test('finds nothing to build without a manifest or without a worker that has the runtime', async () => {
    await pepper({ storage_path: join(folder, 'nowhere') })

    expect(await ask({ pack_refs: ['pepper'] })).toMatchObject({ body: { data: { environments: [] } } })
  })

  test('is refused to whoever may not configure the pack', async () => {
    await pepper()

    expect((await ask({ pack_refs: ['pepper'] }, await api.token('packs:read'))).status).toBe(403)
    expect((await ask({ pack_refs: ['pepper', 'salt'] })).status).toBe(404)
    expect(await ask({})).toMatchObject({ status: 422, body: { details: [{ field: 'pack_refs' }] } })
    expect(await said()).toEqual([])
    expect(await api.db.many(sql`select id from pack_environment`)).toEqual([])
  })

  test('of a pack that somebody else installed needs a grant that says so', async () => {
    const owner = await given.identity(api.db)
    await pepper({ installed_by: owner.id })

    expect((await ask({ pack_refs: ['pepper'] }, await api.token('packs:configure'))).status).toBe(404)
    expect((await ask({ pack_refs: ['pepper'] })).status).toBe(200)
  })
})

describe('the environments of a pack', () => {
  test('are listed with their error and log', async () => {
    await pepper()
    await ask({ pack_refs: ['pepper'] })
    await api.db.run(
      sql`update pack_environment set status = 'failed', install_error = 'no grinder', install_log = '$ pip'`,
    )

    const answer = await api.call('GET /api/v1/packs/pepper/environments', {
      token: await api.token('packs:read'),
    })

    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: [{ status: 'failed', install_error: 'no grinder', install_log: '$ pip' }],
        pagination: { total_items: 1 },
      },
    })
  })

  test('are those of a pack that may be read', async () => {
    const path = 'GET /api/v1/packs/pepper/environments'
    expect((await api.call(path, { token: await api.token() })).status).toBe(404)
    await pepper()
    expect((await api.call(path, { token: await api.token('rules:read') })).status).toBe(403)
  })

  test('go with the pack', async () => {
    const pack = await pepper()
    await ask({ pack_refs: ['pepper'] })

    await api.db.run(sql`delete from pack where id = ${pack.id}`)

    expect(await api.db.many(sql`select id from pack_environment`)).toEqual([])
  })
})
