import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ALL_WELL, EnvironmentHome } from '../../test/environment-home.ts'
import { eventually } from '../../test/eventually.ts'
import { sql } from '../database/sql.ts'
import { offerOf } from '../domain/flow/execution/worker-profile.ts'
import { fixture } from '../../test/fixture.ts'

const home = await fixture(EnvironmentHome.open())
beforeEach(() => home.clear())

const exists = (...parts: string[]) => existsSync(home.path(...parts))
const begun = () =>
  eventually(
    () => home.builds(),
    (builds) => builds > 0,
  )

describe('a pack without a manifest', () => {
  test('needs no environment, and is asked about once', async () => {
    const keeper = await home.keeper()

    expect(await keeper.resolve(home.need)).toEqual({ kind: 'none' })
    expect(keeper.resolve(home.need)).toEqual({ kind: 'none' }) // no promise: nobody looked
    expect(await home.rows()).toEqual([])
  })

  test('is asked about again when something has changed', async () => {
    const keeper = await home.keeper()
    await keeper.resolve(home.need)
    home.manifest(ALL_WELL)

    keeper.changed()

    expect(await keeper.resolve(home.need)).toMatchObject({ kind: 'ready' })
  })

  test('loses the environment that it had', async () => {
    home.manifest(ALL_WELL)
    const keeper = await home.keeper()
    await keeper.resolve(home.need)
    rmSync(home.path('pack', 'manifest.sh'))

    keeper.tend([home.need.pack])
    await keeper.tended()

    expect(await home.rows()).toEqual([])
  })
})

describe('a build', () => {
  test('makes an environment that is told of, logged and marked', async () => {
    home.manifest(`${ALL_WELL}echo getting pepper\n`)
    const keeper = await home.keeper()

    const environment = await keeper.resolve(home.need)

    expect(environment).toEqual({ kind: 'ready', env_dir: home.directory(), version: undefined })
    expect(keeper.resolve(home.need)).toEqual(environment)
    const [row] = await home.rows()
    expect(row).toMatchObject({
      status: 'ready',
      env_path: home.path('envs', 'salt', 'scripted'),
      runtime_ref: 'salt.scripted',
      install_log: expect.stringContaining('getting pepper'),
      install_error: null,
      claimed_by_worker: null,
    })
    expect(readFileSync(join(home.directory(), '.attune_deps_installed'), 'utf8')).toBe(
      row?.manifest_checksum,
    )
    expect(home.outcomes).toEqual(['ready'])
  })

  test('is not needed by the next process on that disk', async () => {
    home.manifest(ALL_WELL)
    await (await home.keeper()).resolve(home.need)

    expect(await (await home.keeper()).resolve(home.need)).toMatchObject({ kind: 'ready' })
    expect(home.builds()).toBe(1)
  })

  test('is made by one of several processes, and the others wait for it', async () => {
    home.manifest(ALL_WELL)
    const keepers = await Promise.all([home.keeper(), home.keeper(), home.keeper()])

    const all = await Promise.all(keepers.map(async (keeper) => keeper.resolve(home.need)))

    expect(new Set(all.map((environment) => JSON.stringify(environment))).size).toBe(1)
    expect(all[0]).toMatchObject({ kind: 'ready' })
    expect(home.builds()).toBe(1)
    expect(await home.rows()).toHaveLength(1)
  })

  test('on another disk has a row of its own', async () => {
    home.manifest(ALL_WELL)
    await (await home.keeper()).resolve(home.need)
    const elsewhere = await home.keeper({
      volume: '00000000-0000-4000-8000-000000000000',
      root: home.path('elsewhere'),
    })

    await elsewhere.resolve(home.need)

    expect((await home.rows()).map(({ status }) => status)).toEqual(['ready', 'ready'])
    expect(home.builds()).toBe(2)
  })

  test('gets the inherited variables and nothing else', async () => {
    vi.stubEnv('ATTUNE__SECURITY__JWT_SECRET', 'never to be seen')
    home.manifest(`${ALL_WELL}env > environment.txt; cat > input.txt\n`)

    await (await home.keeper()).resolve(home.need)
    vi.unstubAllEnvs()

    const seen = readFileSync(home.path('pack', 'environment.txt'), 'utf8')
    expect(seen).toContain('PATH=')
    expect(seen).not.toMatch(/ATTUNE|never to be seen/)
    expect(readFileSync(home.path('pack', 'input.txt'), 'utf8')).toBe('')
  })

  test('keeps the end of what it said, however much that was', async () => {
    home.manifest(`${ALL_WELL}yes pepper | head -c 5000000; echo the end\n`)

    await (await home.keeper()).resolve(home.need)

    const log = (await home.rows())[0]?.install_log ?? ''
    expect(log.length).toBeLessThanOrEqual(32 * 1024)
    expect(log.trimEnd().endsWith('the end')).toBe(true)
  })
})

describe('a manifest that changed', () => {
  test('is installed into an empty directory; what ran before keeps its own', async () => {
    home.manifest(`${ALL_WELL}touch "$env_dir/old"\n`)
    const keeper = await home.keeper()
    await keeper.resolve(home.need)
    const earlier = home.directory()
    home.manifest(`${ALL_WELL}touch "$env_dir/new"\n`)

    const environment = await keeper.resolve({ ...home.need, key: 'registered anew' })

    expect(environment).toEqual({ kind: 'ready', env_dir: home.directory(), version: undefined })
    expect(readdirSync(home.directory()).sort()).toEqual(['.attune_deps_installed', 'bin', 'new'])
    expect(existsSync(join(earlier, 'old'))).toBe(true)
  })

  test('leaves one earlier build and no more', async () => {
    const keeper = await home.keeper()
    for (const version of ['1', '2', '3', '4']) {
      home.manifest(`${ALL_WELL}# ${version}\n`)
      await keeper.resolve({ ...home.need, key: version })
    }

    expect(
      readdirSync(home.path('envs', 'salt')).filter((name) => name.startsWith('.scripted.')),
    ).toHaveLength(2)
  })
})

describe('a build that fails', () => {
  test('is the reason for which nothing runs, and is told where people look', async () => {
    home.manifest('echo no pepper left >&2; exit 7\n')
    const keeper = await home.keeper()

    const environment = await keeper.resolve(home.need)

    expect(environment).toEqual({
      kind: 'refused',
      error: expect.stringMatching(
        /^The Scripted environment of the pack 'salt' could not be built: the install command ended with exit code 7:\nno pepper left$/,
      ),
    })
    expect(await home.rows()).toMatchObject([
      { status: 'failed', install_error: expect.stringContaining('no pepper left'), installed_at: null },
    ])
    expect(exists('envs', 'salt', 'scripted')).toBe(false)
    expect(readdirSync(home.path('envs', 'salt'))).toEqual([])
    expect(home.outcomes).toEqual(['failed'])
  })

  test('is not tried again by everyone who comes, but after a while and when it is tended', async () => {
    home.manifest('exit 7\n')
    const keeper = await home.keeper()
    await keeper.resolve(home.need)
    expect(await keeper.resolve(home.need)).toMatchObject({ kind: 'refused' })
    expect(home.builds()).toBe(1)

    keeper.tend([home.need.pack])
    await keeper.tended()
    expect(home.builds()).toBe(2)

    await home.db.run(sql`alter table pack_environment disable trigger touch`)
    await home.db.run(sql`update pack_environment set updated = now() - interval '31 seconds'`)
    await home.db.run(sql`alter table pack_environment enable trigger touch`)
    expect(await keeper.resolve(home.need)).toMatchObject({ kind: 'refused' })
    expect(home.builds()).toBe(3)
  })

  test('leaves what was there when it was to be made anew', async () => {
    home.manifest(`${ALL_WELL}test ! -e broken\n`)
    const keeper = await home.keeper()
    await keeper.resolve(home.need)
    writeFileSync(home.path('pack', 'broken'), '')
    await home.db.run(sql`update pack_environment set rebuild_requested = true, status = 'outdated'`)

    keeper.tend([home.need.pack])
    await keeper.tended()

    expect(await home.rows()).toMatchObject([{ status: 'failed' }])
    expect(await keeper.resolve(home.need)).toMatchObject({ kind: 'ready' })
    expect(await home.rows()).toMatchObject([{ status: 'failed', install_error: expect.any(String) }])
  })

  test('by leaving no interpreter says so', async () => {
    home.manifest('true\n')

    expect(await (await home.keeper()).resolve(home.need)).toMatchObject({
      kind: 'refused',
      error: expect.stringContaining('left no interpreter at'),
    })
  })

  test('by taking too long is stopped with all its processes', async () => {
    home.manifest('sleep 1000 & echo $! > child.pid; wait\n')
    const keeper = await home.keeper({ timeout_ms: 1500 })

    expect(await keeper.resolve(home.need)).toMatchObject({
      kind: 'refused',
      error: expect.stringContaining('was stopped after the 2 seconds that a build may take'),
    })
    expect(home.outcomes).toEqual(['timeout'])
    const child = Number(readFileSync(home.path('pack', 'child.pid'), 'utf8'))
    await eventually(
      () => lives(child),
      (alive) => !alive,
    )
  })
})

describe('what is ready and then is not', () => {
  test.each([
    ['its interpreter', () => rmSync(join(home.directory(), 'bin', 'run'))],
    ['its directory', () => rmSync(home.directory(), { recursive: true })],
    ['its mark', () => rmSync(join(home.directory(), '.attune_deps_installed'))],
  ])('is built again when it has lost %s', async (_, spoil) => {
    home.manifest(ALL_WELL)
    const keeper = await home.keeper()
    await keeper.resolve(home.need)
    spoil()

    keeper.lost(home.need)

    expect(await keeper.resolve(home.need)).toEqual({
      kind: 'ready',
      env_dir: home.directory(),
      version: undefined,
    })
    expect(home.builds()).toBe(2)
    expect(await home.rows()).toMatchObject([{ status: 'ready' }])
  })
})

describe('a claim', () => {
  const waits = `${ALL_WELL}until test -e go; do sleep 0.05; done\n`

  test('that ran out falls to whoever comes, and its first holder changes nothing any more', async () => {
    home.manifest(waits)
    const [first, second] = [await home.keeper(), await home.keeper()]
    const lost = first.resolve(home.need)
    await begun()
    await home.db.run(sql`update pack_environment set claim_expires_at = now() - interval '1 second'`)

    const taken = second.resolve(home.need)
    await eventually(
      () => home.builds(),
      (builds) => builds === 2,
    )
    writeFileSync(home.path('pack', 'go'), '')

    expect(await taken).toEqual(await lost)
    expect(await home.rows()).toMatchObject([{ status: 'ready', claims: 2 }])
    expect(home.outcomes.toSorted()).toEqual(['lost', 'ready'])
    expect(readdirSync(home.path('envs', 'salt'))).toHaveLength(2)
  })

  test('is renewed while the build takes', async () => {
    home.manifest(waits)
    const keeper = await home.keeper({ renew_ms: 50 })
    const environment = keeper.resolve(home.need)
    await begun()
    await home.db.run(sql`update pack_environment set claim_expires_at = now() - interval '1 second'`)

    await eventually(
      () =>
        home.db.one<{ live: boolean }>(sql`select claim_expires_at > now() as live from pack_environment`),
      ({ live }) => live,
    )
    writeFileSync(home.path('pack', 'go'), '')

    expect(await environment).toMatchObject({ kind: 'ready' })
    expect(home.builds()).toBe(1)
  })

  test('is given back by a process that stops, and its commands end', async () => {
    home.manifest('echo $$ > shell.pid; sleep 1000\n')
    const keeper = await home.keeper()
    const environment = Promise.resolve(keeper.resolve(home.need)).catch(() => 'given up')
    await eventually(() => exists('pack', 'shell.pid'), Boolean)

    await keeper.stop()

    expect(await environment).toBe('given up')
    expect(await home.rows()).toMatchObject([{ status: 'pending', claimed_by_worker: null }])
    expect(lives(Number(readFileSync(home.path('pack', 'shell.pid'), 'utf8')))).toBe(false)
    expect(readdirSync(home.path('envs', 'salt'))).toEqual([])
  })

  test('of a pack that is deleted meanwhile comes to nothing', async () => {
    home.manifest(waits)
    const keeper = await home.keeper()
    const environment = Promise.resolve(keeper.resolve(home.need)).catch(String)
    await begun()

    await home.db.run(sql`delete from pack`)
    writeFileSync(home.path('pack', 'go'), '')

    expect(await environment).toContain('refers to something that does not exist')
    expect(readdirSync(home.path('envs', 'salt'))).toEqual([])
  })
})

describe('an action that names a version of its runtime', () => {
  beforeEach(() =>
    home.db.run(sql`
      insert into runtime_version (runtime, runtime_ref, version, execution_config)
      select id, ref, version, execution_config from runtime, unnest(array['1', '2']) version
      where ref = 'salt.scripted'`),
  )
  const offer = () => offerOf({ runtimes: ['scripted'], runtime_versions: { scripted: ['2.1.0', '1.4.2'] } })

  test('has an environment of that version', async () => {
    home.manifest(ALL_WELL)
    const keeper = await home.keeper({ offer })

    const environment = await keeper.resolve({ ...home.need, constraint: '<2' })

    expect(environment).toMatchObject({ kind: 'ready', version: { version: '1' } })
    expect(Object(environment).env_dir).toContain(home.path('envs', 'salt', '.scripted-1.'))
    expect(await home.rows()).toMatchObject([{ runtime_version_text: '1', status: 'ready' }])
  })

  test('runs by it without one where its pack has no manifest', async () => {
    const keeper = await home.keeper({ offer })

    expect(await keeper.resolve({ ...home.need, constraint: '>=1' })).toMatchObject({
      kind: 'ready',
      env_dir: undefined,
      version: { version: '2' },
    })
  })

  test('does not run where no version satisfies', async () => {
    const keeper = await home.keeper({ offer })

    expect(await keeper.resolve({ ...home.need, constraint: '>=3' })).toEqual({
      kind: 'refused',
      error:
        "Its runtime cannot be used on this worker: no version satisfies '>=3'; found here: 2.1.0, 1.4.2",
    })
  })
})

test('a runtime that the pack uses no more leaves nothing behind', async () => {
  home.manifest(ALL_WELL)
  const keeper = await home.keeper()
  await keeper.resolve(home.need)

  await home.db.run(sql`delete from action`)
  keeper.tend('all')
  await keeper.tended()

  expect(await home.rows()).toEqual([])
  expect(readdirSync(home.path('envs', 'salt'))).toEqual([])
})

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
