import { cp, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Changes, depotFiles, startDepot } from '../../../../test/depot.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'

const depot = await fixture(startDepot())
beforeEach(() => depot.clear())

describe('a pack that is new', () => {
  test('becomes rows, its files are copied, and it is told', async () => {
    const answer = await depot.register(await depot.directory())

    const { id } = await depot.api.db.one<{ id: number }>(sql`select id from pack where ref = 'depot'`)
    const owner = await depot.rows(sql`select distinct owner_identity from rule where pack_ref = 'depot'`)
    expect(answer).toMatchObject({
      status: 201,
      body: { data: { id, ref: 'depot', version: '1.0.0', config: { folder: 'in' } } },
    })
    expect(await depot.refs(sql`select ref from action where pack = ${id} order by ref`)).toEqual([
      'depot.pack',
      'depot.weigh',
    ])
    expect(
      await depot.rows(
        sql`select version, available, is_default from runtime_version where runtime_ref = 'depot.lua' order by 1`,
      ),
    ).toEqual([
      { version: '5.3', available: false, is_default: false },
      { version: '5.4', available: false, is_default: true },
    ])
    expect(
      await depot.rows(
        sql`select a.ref, r.ref as runtime from action a join runtime r on r.id = a.runtime where a.pack = ${id} order by 1`,
      ),
    ).toEqual([
      { ref: 'depot.pack', runtime: 'depot.lua' },
      { ref: 'depot.weigh', runtime: 'core.shell' },
    ])
    expect(
      await depot.rows(sql`select ref, sensor_ref from trigger where pack = ${id} order by ref`),
    ).toEqual([
      { ref: 'depot.lost', sensor_ref: 'depot.watch' },
      { ref: 'depot.parcel', sensor_ref: 'depot.watch' },
    ])
    expect(owner).toMatchObject([{ owner_identity: expect.any(Number) }])
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
    expect(await readdir(depot.packs_base_dir)).toEqual(['depot'])
    const said = await depot.said()
    expect(said.map(({ type, payload }) => [type, payload.rule_ref ?? payload.pack_ref])).toEqual([
      ['RuleCreated', 'depot.say_lost'],
      ['RuleCreated', 'depot.weigh_new'],
      ['PackRegistered', 'depot'],
    ])
    expect(said.at(-1)?.payload).toEqual({
      pack_id: id,
      pack_ref: 'depot',
      version: '1.0.0',
      runtime_names: ['lua', 'python', 'shell'],
    })
    expect(said[1]?.payload).toMatchObject({ trigger_params: { suffix: '.csv' }, enabled: true })
  })

  test('is copied from where a pack of another name belongs', async () => {
    const other = join(depot.packs_base_dir, 'other')
    await cp(await depot.directory(), other, { recursive: true })

    const answer = await depot.register(other)

    expect(answer).toMatchObject({ status: 201, body: { data: { ref: 'depot' } } })
    expect(await depot.rows(sql`select storage_path from pack where ref = 'depot'`)).toEqual([
      { storage_path: join(depot.packs_base_dir, 'depot') },
    ])
    expect((await readdir(depot.packs_base_dir)).sort()).toEqual(['depot', 'other'])
  })

  test('is refused with every problem of every file, and leaves nothing', async () => {
    const path = await depot.directory({
      'actions/weigh.yaml': 'ref: weigh\nentry_point: gone.sh\n',
      'rules/weigh_new.yaml': 'ref: weigh_new\ntrigger_ref: [1]\naction_ref: weigh\n',
    })

    const answer = await depot.register(path)

    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } })
    expect(answer.body.details).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ file: 'actions/weigh.yaml', field: 'entry_point' }),
        expect.objectContaining({
          file: 'rules/weigh_new.yaml',
          field: expect.stringMatching(/^trigger_ref/),
        }),
      ]),
    )
    await expectNothing()
  })

  test.each<[what: string, changes: Changes, file: string, field: string]>([
    [
      'a runner that no pack brings',
      { 'actions/weigh.yaml': 'ref: weigh\nrunner_type: cobol\nentry_point: weigh.sh\n' },
      'actions/weigh.yaml',
      'runner_type',
    ],
    [
      'a sensor on a trigger that does not exist',
      {
        'sensors/watch.yaml':
          'ref: watch\nentry_point: watch.py\nrunner_type: python\ntrigger_types: [other.thing]\n',
      },
      'sensors/watch.yaml',
      'trigger_types',
    ],
    [
      'a rule on a trigger that does not exist',
      { 'rules/say_lost.yaml': 'ref: say_lost\ntrigger_ref: other.thing\naction_ref: core.echo\n' },
      'rules/say_lost.yaml',
      'trigger_ref',
    ],
    [
      'a rule for an action that does not exist',
      { 'rules/say_lost.yaml': 'ref: say_lost\ntrigger_ref: lost\naction_ref: core.shout\n' },
      'rules/say_lost.yaml',
      'action_ref',
    ],
    [
      'a rule without a parameter that its action needs',
      { 'rules/weigh_new.yaml': 'ref: weigh_new\ntrigger_ref: parcel\naction_ref: weigh\n' },
      'rules/weigh_new.yaml',
      'action_params.name',
    ],
    [
      'a rule whose template does not parse',
      {
        'rules/weigh_new.yaml':
          'ref: weigh_new\ntrigger_ref: parcel\naction_ref: weigh\naction_params: {name: "{{ event. }}"}\n',
      },
      'rules/weigh_new.yaml',
      'action_params.name',
    ],
    [
      'a rule whose condition does not parse',
      {
        'rules/weigh_new.yaml':
          'ref: weigh_new\ntrigger_ref: parcel\naction_ref: weigh\naction_params: {name: x}\nconditions: {expression: "event.id >"}\n',
      },
      'rules/weigh_new.yaml',
      'conditions.expression',
    ],
    [
      'a timer rule with a template',
      {
        'rules/say_lost.yaml':
          'ref: say_lost\ntrigger_ref: core.intervaltimer\naction_ref: core.echo\ntrigger_params: {interval: "{{ config.n }}"}\n',
      },
      'rules/say_lost.yaml',
      'trigger_params.interval',
    ],
    [
      'a pack that is not there',
      { 'pack.yaml': 'ref: depot\nlabel: D\nversion: 1.0.0\ndependencies: [elsewhere]\n' },
      'pack.yaml',
      'dependencies[0]',
    ],
    [
      'a pack that is too old',
      { 'pack.yaml': 'ref: depot\nlabel: D\nversion: 1.0.0\ndependencies: ["core@>=99.0.0"]\n' },
      'pack.yaml',
      'dependencies[0]',
    ],
    [
      'a runtime that is not there',
      { 'pack.yaml': 'ref: depot\nlabel: D\nversion: 1.0.0\nruntime_deps: [cobol]\n' },
      'pack.yaml',
      'runtime_deps[0]',
    ],
    [
      'a runtime that is too old',
      { 'pack.yaml': 'ref: depot\nlabel: D\nversion: 1.0.0\nruntime_deps: ["lua>=6"]\n' },
      'pack.yaml',
      'runtime_deps[0]',
    ],
  ])('is refused for %s', async (_, changes, file, field) => {
    const answer = await depot.register(await depot.directory(changes))

    expect(answer).toMatchObject({ status: 400, body: { details: [{ file, field }] } })
    await expectNothing()
  })

  test('is told where it names what is not there, and what was most likely meant', async () => {
    const path = await depot.directory({
      'rules/say_lost.yaml': 'ref: say_lost\ntrigger_ref: lost\naction_ref: core.ecco\n',
    })

    expect((await depot.register(path)).body.details).toEqual([
      {
        file: 'rules/say_lost.yaml',
        line: 3,
        column: 1,
        field: 'action_ref',
        message: "names the action 'core.ecco', which does not exist; did you mean 'core.echo'?",
      },
    ])
  })

  test.each(['/no/such/place', '/etc'])('is refused when %s is no pack', async (path) => {
    expect(await depot.register(path)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } })
  })

  test('is not taken where a link leads out of it', async () => {
    const path = await depot.directory()
    await symlink('/etc/hostname', join(path, 'lib'))

    expect((await depot.register(path)).status).toBe(400)
    await expectNothing()
  })

  async function expectNothing(): Promise<void> {
    expect(await depot.ids()).toEqual([])
    expect(await depot.said()).toEqual([])
    expect(await readdir(depot.packs_base_dir).catch(() => [])).toEqual([])
  }
})

test('of two first registrations at the same time one wins, and the other is told', async () => {
  const [one, two] = [await depot.directory(), await depot.directory()]

  const answers = await Promise.all([depot.register(one), depot.register(two)])

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409])
  expect(await readdir(depot.packs_base_dir)).toEqual(['depot'])
  expect((await depot.ids()).filter(({ ref }) => ref === 'depot.weigh')).toHaveLength(1)
})

describe('who registers a pack', () => {
  test('must be allowed to', async () => {
    expect(
      (
        await depot.register(await depot.directory(), {
          by: await depot.api.token('packs:read', 'packs:create'),
        })
      ).status,
    ).toBe(403)
  })

  test('cannot bring rules that run what they may not run', async () => {
    const by = await depot.api.token('packs:install', 'permissions:manage')
    const withRules = await depot.register(await depot.directory(), { by })
    const without = await depot.register(
      await depot.directory({ 'rules/say_lost.yaml': undefined, 'rules/weigh_new.yaml': undefined }),
      { by },
    )

    expect(withRules).toMatchObject({
      status: 403,
      body: { error: expect.stringMatching(/actions:execute for the action '.*', which the rule 'depot\./) },
    })
    expect(without.status).toBe(201)
    expect(await depot.refs(sql`select ref from rule where pack_ref = 'depot'`)).toEqual([])
  })

  test('cannot bring permissions that they do not hold', async () => {
    const by = await depot.api.token('packs:install', 'actions:execute')
    const sets = await depot.register(await depot.directory(), { by })
    const action = await depot.register(
      await depot.directory({
        'permission_sets/clerk.yaml': undefined,
        'actions/weigh.yaml': `${depotFiles['actions/weigh.yaml']}default_execution_permission_set_refs: [core.admin]\n`,
      }),
      { by },
    )
    const rule = await depot.register(
      await depot.directory({
        'permission_sets/clerk.yaml': undefined,
        'rules/say_lost.yaml': `${depotFiles['rules/say_lost.yaml']}permission_set_refs: [core.admin]\n`,
      }),
      { by },
    )
    const none = await depot.register(await depot.directory({ 'permission_sets/clerk.yaml': undefined }), {
      by,
    })

    expect([sets, action, rule, none].map(({ status }) => status)).toEqual([403, 403, 403, 201])
  })

  test('cannot bring actions that get keys which they may not decrypt', async () => {
    const naming = {
      'permission_sets/clerk.yaml': undefined,
      'actions/weigh.yaml': `${depotFiles['actions/weigh.yaml']}key_refs: [mail.password]\n`,
    }
    const grants = [
      { resource: 'packs', actions: ['install'] },
      { resource: 'packs', actions: ['install'], constraints: { owner: 'any' as const } },
      { resource: 'actions', actions: ['execute'] },
    ]
    const register = async (actions: string[], changes: Changes, refs = ['mail.password']) => {
      const keys = { resource: 'keys', actions, constraints: { refs } }
      const { token: by } = await depot.api.granted(...grants, keys)
      return (await depot.register(await depot.directory(changes), { by, force: true })).status
    }
    const there = sql`select key_refs from action where ref = 'depot.weigh'`

    expect(await register(['read'], naming)).toBe(403) // a key that is still to come
    await given.key(depot.api.db, { ref: 'mail.password' })
    expect(await register(['read', 'update'], naming)).toBe(403)
    expect(await register(['decrypt'], naming, ['mail.other'])).toBe(403)
    expect(await register(['decrypt'], naming)).toBe(201)
    expect(await depot.rows(there)).toEqual([{ key_refs: ['mail.password'] }])
    // The files are the code of what is made by hand in the pack, too, and its runtimes of what runs by them.
    await depot.api.db.run(sql`update action set is_adhoc = true where ref = 'depot.weigh'`)
    const elsewhere = { 'actions/weigh.yaml': undefined, 'rules/weigh_new.yaml': undefined }
    expect(await register(['read'], { ...naming, ...elsewhere })).toBe(403)
    await depot.api.db.run(sql`
      update action set pack_ref = 'core', ref = 'core.weigh', runtime = (select id from runtime where ref = 'depot.lua')
      where ref = 'depot.weigh'`)
    expect(await register(['read'], { ...naming, ...elsewhere })).toBe(403)
    expect(await register(['decrypt'], { ...naming, ...elsewhere })).toBe(201)
    await depot.api.db.run(sql`delete from key`)
    await depot.api.db.run(sql`delete from action where ref = 'core.weigh'`)
  })

  test('is told where an action accepts variables that steer', async () => {
    const answer = await depot.register(
      await depot.directory({
        'actions/weigh.yaml': `${depotFiles['actions/weigh.yaml']}accepted_env_vars: [DEBUG, NODE_OPTIONS]\n`,
      }),
    )

    expect(answer).toMatchObject({
      status: 400,
      body: { details: [{ file: 'actions/weigh.yaml', field: 'accepted_env_vars[1]', line: 5 }] },
    })
  })

  test('cannot take rows of another pack', async () => {
    const other = await given.pack(depot.api.db)
    await given.rule(depot.api.db, { pack: other.id, ref: 'depot.weigh_new' })

    const answer = await depot.register(await depot.directory())

    expect(answer).toMatchObject({ status: 409, body: { error: expect.stringContaining('depot.weigh_new') } })
    expect(await depot.refs(sql`select ref from pack where ref = 'depot'`)).toEqual([])
  })
})
