import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Changes, depotFiles, startDepot } from '../../../test/depot.ts'
import { fixture } from '../../../test/fixture.ts'
import * as given from '../../../test/given.ts'
import { sql } from '../../database/sql.ts'
import { loadPack } from '../packs/registrar/load.ts'

const depot = await fixture(startDepot())
beforeEach(() => depot.clear())

async function replace(changes: Changes): Promise<void> {
  expect(await depot.register(await depot.directory(changes), { force: true })).toMatchObject({ status: 201 })
}

describe('a pack that is there', () => {
  test('is refused without force, and its files stay', async () => {
    await depot.register(await depot.directory())

    const again = await depot.register(await depot.directory({ 'actions/weigh.sh': 'echo 2\n' }))

    expect(again).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
    expect(await readdir(depot.packs_base_dir)).toEqual(['depot'])
  })

  test('is changed in place: ids stay, what a file no longer says is cleared, the configuration stays', async () => {
    await depot.register(await depot.directory())
    const before = await depot.ids()
    await depot.api.db.run(sql`update pack set config = '{"folder": "elsewhere"}' where ref = 'depot'`)
    await depot.api.db.run(sql`update runtime_version set available = true where runtime_ref = 'depot.lua'`)

    await replace({
      'pack.yaml': 'ref: depot\nlabel: New Depot\nversion: 2.0.0\nconfig: {folder: in}\n',
      'actions/weigh.yaml': 'ref: weigh\nentry_point: weigh.sh\n',
      'actions/weigh.sh': 'echo 2\n',
      'runtimes/lua.yaml': 'ref: lua\nname: Lua\nversions: [{version: "5.4"}, {version: "5.5"}]\n',
    })

    expect(await depot.ids()).toEqual(before)
    expect(
      await depot.rows(sql`select description, param_schema from action where ref = 'depot.weigh'`),
    ).toEqual([{ description: null, param_schema: null }])
    expect(await depot.rows(sql`select label, version, config from pack where ref = 'depot'`)).toEqual([
      { label: 'New Depot', version: '2.0.0', config: { folder: 'elsewhere' } },
    ])
    expect(
      await depot.rows(
        sql`select version, available from runtime_version where runtime_ref = 'depot.lua' order by 1`,
      ),
    ).toEqual([
      { version: '5.4', available: true },
      { version: '5.5', available: false },
    ])
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 2\n')
    expect(await readdir(depot.packs_base_dir)).toEqual(['depot'])
  })

  test('loses what its files no longer describe, but not what people made', async () => {
    await depot.register(await depot.directory())
    const { id: pack } = await depot.api.db.one<{ id: number }>(sql`select id from pack where ref = 'depot'`)
    const [trigger] = await depot.rows(sql`select id from trigger where ref = 'depot.parcel'`)
    const action = await given.action(depot.api.db, { pack, ref: 'depot.mine', is_adhoc: true })
    const runtime = await given.runtime(depot.api.db, { pack, ref: 'depot.my_runtime' })
    await given.sensor(depot.api.db, {
      pack,
      ref: 'depot.my_sensor',
      is_adhoc: true,
      runtime: runtime.id,
    })
    await given.permissionSet(depot.api.db, { pack, ref: 'depot.my_set' })
    await given.rule(depot.api.db, {
      pack,
      ref: 'depot.my_rule',
      is_adhoc: true,
      trigger: Number(trigger?.id),
      action: action.id,
    })
    await depot.said()

    await replace({
      'runtimes/lua.yaml': undefined,
      'actions/pack.yaml': undefined,
      'triggers/lost.yaml': undefined,
      'sensors/watch.yaml':
        'ref: watch\nrunner_type: python\nentry_point: watch.py\ntrigger_types: [parcel]\n',
      'rules/say_lost.yaml': undefined,
      'permission_sets/clerk.yaml': undefined,
    })

    expect((await depot.ids()).map(({ ref }) => ref)).toEqual([
      'depot',
      'depot.mine',
      'depot.my_rule',
      'depot.my_runtime',
      'depot.my_sensor',
      'depot.parcel',
      'depot.watch',
      'depot.weigh',
      'depot.weigh_new',
    ])
    expect(await depot.refs(sql`select ref from permission_set where pack = ${pack}`)).toEqual([
      'depot.my_set',
    ])
    expect(
      (await depot.said()).map(({ type, payload }) => [type, payload.rule_ref ?? payload.pack_ref]),
    ).toEqual([
      ['RuleDeleted', 'depot.say_lost'],
      ['PackRegistered', 'depot'],
    ])
  })

  test('loses the triggers that its sensor no longer serves', async () => {
    await depot.register(await depot.directory())

    await replace({
      'sensors/watch.yaml': 'ref: watch\nrunner_type: python\nentry_point: watch.py\ntrigger_types: [lost]\n',
    })

    expect(
      await depot.rows(sql`select ref, sensor_ref from trigger where pack_ref = 'depot' order by ref`),
    ).toEqual([
      { ref: 'depot.lost', sensor_ref: 'depot.watch' },
      { ref: 'depot.parcel', sensor_ref: null },
    ])
  })

  test('keeps what an operator switched, and follows the files where nobody did', async () => {
    await depot.register(await depot.directory())
    await depot.api.db.run(sql`update rule set enabled = false where ref = 'depot.weigh_new'`)
    await depot.api.db.run(sql`update trigger set enabled = false where ref = 'depot.parcel'`)
    await depot.api.db.run(sql`update sensor set enabled = false where ref = 'depot.watch'`)
    await depot.said()
    const flags = () =>
      depot.rows(sql`
        select ref, enabled from rule where pack_ref = 'depot' union all select ref, enabled from trigger where pack_ref = 'depot'
        union all select ref, enabled from sensor where pack_ref = 'depot' order by ref`)

    await replace({ 'rules/say_lost.yaml': `${depotFiles['rules/say_lost.yaml']}enabled: false\n` })

    expect(await flags()).toEqual([
      { ref: 'depot.lost', enabled: true },
      { ref: 'depot.parcel', enabled: false },
      { ref: 'depot.say_lost', enabled: false },
      { ref: 'depot.watch', enabled: false },
      { ref: 'depot.weigh_new', enabled: false },
    ])
    expect((await depot.said()).map(({ type, payload }) => [type, payload.rule_ref])).toEqual([
      ['RuleDisabled', 'depot.say_lost'],
      ['PackRegistered', undefined],
    ])
  })

  test('tells only rules that changed', async () => {
    await depot.register(await depot.directory())
    await depot.said()

    await replace({})
    expect((await depot.said()).map(({ type }) => type)).toEqual(['PackRegistered'])

    await replace({
      'rules/weigh_new.yaml': `${depotFiles['rules/weigh_new.yaml']}trigger_params: {suffix: .txt}\n`,
    })
    expect((await depot.said()).map(({ type, payload }) => [type, payload.trigger_params])).toEqual([
      ['RuleEnabled', { suffix: '.txt' }],
      ['PackRegistered', undefined],
    ])
  })

  test('leaves a permission set as a person changed it, and updates one that nobody did', async () => {
    const file = (label: string) =>
      `ref: clerk\nlabel: ${label}\ngrants: [{resource: actions, actions: [read]}]\n`
    const set = () => depot.rows(sql`select label, grants from permission_set where ref = 'depot.clerk'`)
    await depot.register(await depot.directory())

    await replace({ 'permission_sets/clerk.yaml': file('Second') })
    expect(await set()).toMatchObject([{ label: 'Second' }])
    await depot.api.db.run(sql`update permission_set set grants = '[]' where ref = 'depot.clerk'`)
    await replace({ 'permission_sets/clerk.yaml': file('Third') })
    await replace({ 'permission_sets/clerk.yaml': file('Fourth') })

    expect(await set()).toEqual([{ label: 'Second', grants: [] }])
  })

  test('belongs to who registers it last, and to nobody else when it is loaded without anyone', async () => {
    const owner = async () =>
      (await depot.rows(sql`select owner_identity from rule where ref = 'depot.weigh_new'`))[0]
        ?.owner_identity
    const source = await depot.directory()
    await depot.register(source)
    const first = await owner()
    await depot.register(source, { force: true, by: await depot.api.token() })
    const second = await owner()
    await loadPack(depot.api.db, source, {
      registered_by: null,
      is_standard: false,
      log: depot.api.log,
      cipher: depot.api.cipher,
    })

    expect(second).not.toBe(first)
    expect(await owner()).toBe(second)
  })

  test('stays as it was, rows and files, when its successor is refused', async () => {
    await depot.register(await depot.directory())
    const before = await depot.rows(sql`select * from action where pack_ref = 'depot' order by id`)
    const broken = await depot.directory({
      'actions/weigh.sh': 'echo 2\n',
      'actions/weigh.yaml': 'ref: weigh\nlabel: Changed\nentry_point: weigh.sh\n',
      'rules/say_lost.yaml': 'ref: say_lost\ntrigger_ref: lost\naction_ref: core.gone\n',
    })

    expect((await depot.register(broken, { force: true })).status).toBe(400)

    expect(await depot.rows(sql`select * from action where pack_ref = 'depot' order by id`)).toEqual(before)
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
    expect(await readdir(depot.packs_base_dir)).toEqual(['depot'])
  })

  test('gets its files back when the rows cannot be committed', async () => {
    await depot.register(await depot.directory())
    await depot.api.db.run(sql`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`)
    await depot.api.db.run(sql`
      create constraint trigger refuse after update on pack deferrable initially deferred
      for each row execute function refuse()`)

    const answer = await depot.register(await depot.directory({ 'actions/weigh.sh': 'echo 2\n' }), {
      force: true,
    })

    await depot.api.db.run(sql`drop function refuse cascade`)
    expect(answer.status).toBe(500)
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
    expect(await readdir(depot.packs_base_dir)).toEqual(['depot'])
  })

  test('is used where it is when it is registered from its place', async () => {
    await depot.register(await depot.directory())
    const place = join(depot.packs_base_dir, 'depot')
    await writeFile(join(place, 'actions/weigh.sh'), 'echo 3\n')

    expect((await depot.register(place, { force: true })).status).toBe(201)

    expect(await readFile(join(place, 'actions/weigh.sh'), 'utf8')).toBe('echo 3\n')
    expect(await depot.rows(sql`select storage_path from pack where ref = 'depot'`)).toEqual([
      { storage_path: place },
    ])
  })

  test('keeps a runtime that others still run by', async () => {
    await depot.register(await depot.directory())
    const [lua] = await depot.rows(sql`select id from runtime where ref = 'depot.lua'`)
    const foreign = await given.action(depot.api.db, { runtime: Number(lua?.id) })
    const path = await depot.directory({ 'runtimes/lua.yaml': undefined, 'actions/pack.yaml': undefined })

    const answer = await depot.register(path, { force: true })

    expect(answer).toMatchObject({ status: 409, body: { error: expect.stringContaining(foreign.ref) } })
    expect(await depot.refs(sql`select ref from runtime where pack_ref = 'depot'`)).toEqual(['depot.lua'])
    await depot.api.db.run(sql`delete from action where id = ${foreign.id}`)
  })

  test('takes up again rules whose action or trigger was gone', async () => {
    await depot.register(await depot.directory())
    const [trigger] = await depot.rows(sql`select id from trigger where ref = 'depot.parcel'`)
    const rule = await given.rule(depot.api.db, { trigger: Number(trigger?.id) })
    await replace({
      'triggers/parcel.yaml': undefined,
      'sensors/watch.yaml': undefined,
      'rules/weigh_new.yaml': undefined,
    })
    expect(await depot.rows(sql`select trigger from rule where id = ${rule.id}`)).toEqual([{ trigger: null }])

    await replace({})

    expect(
      await depot.rows(
        sql`select t.ref from rule r join trigger t on t.id = r.trigger where r.id = ${rule.id}`,
      ),
    ).toEqual([{ ref: 'depot.parcel' }])
  })
})

test('of two replacements at the same time the last one has both rows and files', async () => {
  await depot.register(await depot.directory())
  const version = (text: string) => ({
    'pack.yaml': `ref: depot\nlabel: Depot\nversion: ${text}\n`,
    'actions/weigh.sh': `echo ${text}\n`,
    'actions/weigh.yaml': `ref: weigh\nlabel: ${text}\nentry_point: weigh.sh\nparameters: {name: {type: string}}\n`,
  })
  const sources = await Promise.all(['2.0.0', '3.0.0', '4.0.0'].map((text) => depot.directory(version(text))))

  const answers = await Promise.all(sources.map((path) => depot.register(path, { force: true })))

  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
  const row = await depot.api.db.one<{ version: string; label: string }>(
    sql`select p.version, a.label from pack p join action a on a.ref = 'depot.weigh' where p.ref = 'depot'`,
  )
  expect(row.label).toBe(row.version)
  expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe(
    `echo ${row.version}\n`,
  )
  expect(await readdir(depot.packs_base_dir)).toEqual(['depot'])
})
