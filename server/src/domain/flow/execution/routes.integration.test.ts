import { describe, expect, test, vi } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { secretMarker as marker } from '../../../expressions/taint.ts'
import { executionRoutes } from './routes.ts'

const api = await fixture(startApi((parts) => executionRoutes(parts)))
const token = await api.token('actions:execute', 'executions:read')

const execute = (body: object, as: string = token) =>
  api.call('POST /api/v1/executions/execute', { token: as, body: { ...body } })
const get = (path: string, as: string = token) => api.call(`GET /api/v1/executions${path}`, { token: as })

describe('running an action', () => {
  test('creates an execution of the caller and asks for it to be placed', async () => {
    const action = await given.action(api.db, {
      max_retries: 2,
      artifact_retention_policy: 'days',
      artifact_retention_limit: 3,
      accepted_env_vars: ['DEBUG'],
    })
    const request_id = '7f6a1de2-3f0f-4b5b-9c53-2a8d5ce0a001'

    const { status, body } = await api.call('POST /api/v1/executions/execute', {
      token,
      headers: { 'x-request-id': request_id },
      body: {
        action_ref: action.ref,
        parameters: { n: 1 },
        env_vars: { DEBUG: '1' },
        worker_selector: { zone: 'a' },
      },
    })

    expect(status).toBe(201)
    expect(body.data).toEqual({
      id: expect.any(Number),
      action: action.id,
      action_ref: action.ref,
      config: { n: 1 },
      parent: null,
      enforcement: null,
      rule_ref: null,
      trigger_ref: null,
      executor: expect.any(Number),
      artifact_retention_policy: 'days',
      artifact_retention_limit: 3,
      worker_selector: { zone: 'a' },
      worker: null,
      status: 'requested',
      result: null,
      retry_count: 0,
      max_retries: 2,
      retry_reason: null,
      attempt: 0,
      correlation_id: request_id,
      created: expect.any(String),
      updated: expect.any(String),
    })
    const [message] = await api.db.many(sql`
      select queue, correlation_id from message
      where type = 'ExecutionRequested' and payload->>'execution_id' = ${String(field(body, 'id'))}`)
    expect(message).toEqual({ queue: 'attune.execution.requests.queue', correlation_id: request_id })
    const { env_vars } = await api.db.one<{ env_vars: object }>(
      sql`select env_vars from execution where id = ${field(body, 'id')}`,
    )
    expect(env_vars).toEqual({ DEBUG: '1' })
  })

  test('without parameters stores none', async () => {
    const action = await given.action(api.db)

    for (const parameters of [undefined, null, {}]) {
      expect(
        await execute({ action_ref: action.ref, ...(parameters === undefined ? {} : { parameters }) }),
      ).toMatchObject({
        status: 201,
        body: { data: { config: null } },
      })
    }
  })

  test('names an action that does not exist', async () => {
    expect(await execute({ action_ref: 'demo.missing' })).toMatchObject({
      status: 404,
      body: { error: "action_ref: there is no action 'demo.missing'.", details: [{ field: 'action_ref' }] },
    })
  })

  test('reads parameters that were typed as the action asks for them, and takes others as they are', async () => {
    const action = await given.action(api.db, {
      param_schema: { message: { type: 'string' }, count: { type: 'integer' }, tags: { type: 'array' } },
    })
    const parameter_texts = { message: '1234567', count: '3', tags: '["a"]', other: '01' }

    const typed = await execute({ action_ref: action.ref, parameters: { count: 9 }, parameter_texts })
    const strict = await execute({ action_ref: action.ref, parameters: { message: 1234567 } })
    const wrong = await execute({ action_ref: action.ref, parameter_texts: { count: 'many' } })

    expect(typed.body.data).toMatchObject({
      config: { message: '1234567', count: 3, tags: ['a'], other: '01' },
    })
    expect(strict).toMatchObject({
      status: 422,
      body: { error: 'parameters.message: must be a string, not a number; put it in quotes.' },
    })
    expect(wrong).toMatchObject({ status: 422, body: { details: [{ field: 'parameters.count' }] } })
  })

  test('checks the parameters and lists every one that is wrong', async () => {
    const action = await given.action(api.db, {
      param_schema: {
        count: { type: 'integer', required: true },
        url: { type: 'string', required: true },
        level: { type: 'string', required: true, default: 'low' },
      },
    })

    expect(await execute({ action_ref: action.ref, parameters: { count: 'many' } })).toMatchObject({
      status: 422,
      body: {
        code: 'VALIDATION_ERROR',
        details: [{ field: 'parameters.url' }, { field: 'parameters.count' }],
      },
    })
    expect(await execute({ action_ref: action.ref, parameters: { count: 1, url: 'x' } })).toMatchObject({
      status: 201,
    })
  })

  test.each([
    ['no action', {}, 422, 'action_ref'],
    ['an unknown field', { action_ref: 'a.b', params: {} }, 422, 'params'],
    ['parameters that are a list', { action_ref: 'a.b', parameters: [] }, 422, 'parameters'],
    ['NUL in a ref', { action_ref: 'a.b\u0000' }, 422, 'action_ref'],
    ['NUL in a variable', { action_ref: 'a.b', env_vars: { A: 'x\u0000' } }, 422, 'env_vars.A'],
  ])('refuses %s', async (_, body, status, field) => {
    expect(await execute(body)).toMatchObject({ status, body: { details: [{ field }] } })
  })

  test.each([
    ['a variable of the platform', { env_vars: { ATTUNE_API_TOKEN: 'x' } }, 422, 'env_vars.ATTUNE_API_TOKEN'],
    [
      'a variable that steers',
      { env_vars: { NODE_OPTIONS: '--import=data:,x' } },
      422,
      'env_vars.NODE_OPTIONS',
    ],
    ['a variable that the action does not declare', { env_vars: { OTHER: 'x' } }, 422, 'env_vars.OTHER'],
    ['a variable that is no text', { env_vars: { A: 1 } }, 422, 'env_vars.A'],
    [
      'a selector against that of the action',
      { worker_selector: { zone: 'b' } },
      422,
      'worker_selector.zone',
    ],
    [
      'a toleration that the action has not',
      { worker_tolerations: [{ key: 'vault', operator: 'exists' }] },
      422,
      'worker_tolerations[0]',
    ],
    ['a selector that is no map', { worker_selector: ['a'] }, 400, 'worker_selector'],
    ['tolerations that are none', { worker_tolerations: [{ key: '' }] }, 400, 'worker_tolerations'],
    ['no artifacts at all', { artifact_retention_limit: 0 }, 400, 'artifact_retention_limit'],
  ])('refuses %s', async (_, body, status, field) => {
    const action = await given.action(api.db, { accepted_env_vars: ['A'], worker_selector: { zone: 'a' } })

    const answer = await execute({ action_ref: action.ref, ...body })

    expect(answer).toMatchObject({ status, body: { details: [{ field: expect.stringContaining(field) }] } })
  })

  test('refuses parameters beyond the limit, with the limit', async () => {
    const action = await given.action(api.db)

    expect(await execute({ action_ref: action.ref, parameters: { big: 'x'.repeat(70_000) } })).toMatchObject({
      status: 413,
      body: { details: [{ field: 'parameters', message: expect.stringContaining('65536') }] },
    })
  })

  test('text that cannot be stored is replaced in the parameters', async () => {
    const action = await given.action(api.db)

    expect(await execute({ action_ref: action.ref, parameters: { a: '\u0000' } })).toMatchObject({
      status: 201,
      body: { data: { config: { a: '\ufffd' } } },
    })
  })

  test('sets secrets aside, encrypted, and shows them only to who may see them', async () => {
    const action = await given.action(api.db, {
      param_schema: { password: { type: 'string', secret: true } },
    })

    const { body } = await execute({
      action_ref: action.ref,
      parameters: { user: 'ada', password: 'hunter2' },
    })

    const id = field(body, 'id')
    expect(field(body, 'config')).toEqual({ user: 'ada', password: marker })
    const traces = await api.db.many(sql`
      select (select json_agg(e) from execution e where id = ${id})::text as execution,
        (select json_agg(m) from message m)::text as messages,
        (select json_agg(s) from execution_secret_value s)::text as secrets`)
    expect(JSON.stringify(traces)).not.toContain('hunter2')
    const may = await api.token('executions:read', 'executions:decrypt')
    expect((await get(`/${String(id)}`, may)).body.data).toMatchObject({ config: { password: marker } })
    expect((await get(`/${String(id)}?include_secret_values=true`, may)).body.data).toMatchObject({
      config: { user: 'ada', password: 'hunter2' },
    })
    expect(await get(`/${String(id)}?include_secret_values=true`)).toMatchObject({ status: 403 })
  })

  test('needs the permission', async () => {
    const action = await given.action(api.db)

    expect(await execute({ action_ref: action.ref }, await api.token('actions:read'))).toMatchObject({
      status: 403,
    })
    expect(await execute({ action_ref: action.ref }, await api.sensorToken('a.b', []))).toMatchObject({
      status: 403,
    })
  })
})

describe('the permission sets of an execution', () => {
  test('are those of its action, unless the caller says otherwise', async () => {
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'executions', actions: ['read'] }] })
    const action = await given.action(api.db, { default_execution_permission_set_refs: [set.ref] })

    const byDefault = await execute({ action_ref: action.ref })
    const none = await execute({ action_ref: action.ref, permission_set_refs: [] })
    const twice = await execute({
      action_ref: action.ref,
      permission_set_refs: [set.ref, ' ', set.ref, 'standard'],
    })

    expect(byDefault.body.data).toMatchObject({ permission_set_refs: [set.ref] })
    expect(none.body.data).not.toHaveProperty('permission_set_refs')
    expect(twice.body.data).toMatchObject({ permission_set_refs: [set.ref, 'standard'] })
  })

  test('hold no more than the caller does', async () => {
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'packs', actions: ['delete'] }] })
    const action = await given.action(api.db)
    const inheriting = await given.action(api.db, { default_execution_permission_set_refs: [set.ref] })
    const refused = { status: 403, body: { details: [{ field: 'permission_set_refs' }] } }

    expect(await execute({ action_ref: action.ref, permission_set_refs: [set.ref] })).toMatchObject(refused)
    expect(await execute({ action_ref: action.ref, permission_set_refs: ['demo.missing'] })).toMatchObject(
      refused,
    )
    expect(await execute({ action_ref: inheriting.ref })).toMatchObject(refused)
  })
})

describe('an execution that runs an action', () => {
  test('is the parent of the new one, which runs as the same identity', async () => {
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'actions', actions: ['execute'] }] })
    const executor = await given.identity(api.db)
    const parent = await given.execution(api.db, {
      status: 'running',
      executor: executor.id,
      permission_set_refs: [set.ref],
    })
    const action = await given.action(api.db)

    expect(
      await execute({ action_ref: action.ref }, await api.executionToken(parent, executor.id)),
    ).toMatchObject({
      status: 201,
      body: { data: { parent: parent.id, executor: executor.id } },
    })
  })

  test('needs the grant in its own permission sets', async () => {
    const parent = await given.execution(api.db, { status: 'running' })
    const action = await given.action(api.db)

    expect(await execute({ action_ref: action.ref }, await api.executionToken(parent))).toMatchObject({
      status: 403,
    })
  })
})

describe('reading', () => {
  test('an execution shows its rule and trigger, and leaves out what is not set', async () => {
    const enforcement = await given.enforcement(api.db)
    const worker = await given.worker(api.db)
    const made = await given.execution(api.db, {
      enforcement: enforcement.id,
      worker: worker.id,
      status: 'completed',
      started_at: '2026-01-31T09:00:00Z',
      result: { succeeded: true, data: [1] },
      env_vars: { TOKEN: 'secret' },
    })

    const { status, body } = await get(`/${made.id}`)

    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      id: made.id,
      enforcement: enforcement.id,
      rule_ref: enforcement.rule_ref,
      trigger_ref: enforcement.trigger_ref,
      worker: worker.id,
      result: { succeeded: true, data: [1] },
      started_at: '2026-01-31T09:00:00Z',
    })
    for (const name of [
      'workflow_task',
      'original_execution',
      'permission_set_refs',
      'worker_selector',
      'env_vars',
      'live',
    ]) {
      expect(body.data).not.toHaveProperty(name)
    }
  })

  test('a definition that is gone is null, its ref stays', async () => {
    const executor = await given.identity(api.db)
    const worker = await given.worker(api.db)
    const made = await given.execution(api.db, {
      executor: executor.id,
      worker: worker.id,
      status: 'completed',
    })
    await api.db.run(sql`delete from action where id = ${made.action}`)
    await api.db.run(sql`delete from identity where id = ${executor.id}`)
    await api.db.run(sql`delete from worker where id = ${worker.id}`)

    expect((await get(`/${made.id}`)).body.data).toMatchObject({
      action: null,
      action_ref: made.action_ref,
      executor: null,
      worker: null,
    })
  })

  test('an execution sees itself, and others only with the grant', async () => {
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'executions', actions: ['read'] }] })
    const plain = await given.execution(api.db, { status: 'running' })
    const granted = await given.execution(api.db, { status: 'running', permission_set_refs: [set.ref] })
    const as = await api.executionToken(plain)

    expect(await get(`/${plain.id}`, as)).toMatchObject({ status: 200 })
    expect(await get(`/${granted.id}`, as)).toMatchObject({ status: 403 })
    expect(await get('', as)).toMatchObject({ status: 403 })
    expect(await get(`/${plain.id}`, await api.executionToken(granted))).toMatchObject({ status: 200 })
  })

  test('the list can be filtered by everything it says, and more', async () => {
    const enforcement = await given.enforcement(api.db)
    const executor = await given.identity(api.db)
    const made = await given.execution(api.db, {
      enforcement: enforcement.id,
      executor: executor.id,
      status: 'failed',
      result: { error: 'Disk is 100% FULL_now' },
      created: '2026-02-01T10:00:00Z',
    })
    const child = await given.execution(api.db, {
      parent: made.id,
      enforcement: enforcement.id,
      status: 'running',
    })
    const retry = await given.execution(api.db, {
      original_execution: made.id,
      retry_count: 1,
      enforcement: enforcement.id,
      status: 'scheduled',
      worker: (await given.worker(api.db)).id,
    })
    const [pack = ''] = made.action_ref.split('.')
    const idsOf = async (query: string) => ids((await get(`?${query}`)).body)

    expect(await idsOf(`enforcement=${enforcement.id}`)).toEqual([retry.id, child.id, made.id])
    expect(await idsOf(`enforcement=${enforcement.id}&top_level_only=true`)).toEqual([retry.id, made.id])
    expect(await idsOf(`enforcement=${enforcement.id}&status=scheduled`)).toEqual([retry.id])
    expect(await idsOf(`enforcement=${enforcement.id}&status=running`)).toEqual([child.id])
    expect(await idsOf(`parent=${made.id}`)).toEqual([child.id])
    expect(await idsOf(`rule_ref=${enforcement.rule_ref}&status=failed`)).toEqual([made.id])
    expect(await idsOf(`trigger_ref=${enforcement.trigger_ref.slice(0, 20)}*&status=failed`)).toEqual([
      made.id,
    ])
    expect(await idsOf(`executor=${executor.id}`)).toEqual([made.id])
    expect(await idsOf(`action_ref=${made.action_ref}`)).toEqual([made.id])
    expect(await idsOf(`action_ref=*${made.action_ref.slice(3)}`)).toEqual([made.id])
    expect(await idsOf(`pack_name=${pack}`)).toEqual([made.id])
    expect(await idsOf(`pack_name=${pack.slice(0, -1)}`)).toEqual([])
    expect(await idsOf(`executor=${executor.id}&result_contains=100%25%20full_`)).toEqual([made.id])
    expect(await idsOf(`executor=${executor.id}&result_contains=100_`)).toEqual([])
    expect(await idsOf(`executor=${executor.id}&created_after=2026-02-01T09:00:00Z`)).toEqual([made.id])
    expect(await idsOf(`executor=${executor.id}&created_before=2026-02-01T10:00:00Z`)).toEqual([])
  })

  test('a summary carries what lists show', async () => {
    const enforcement = await given.enforcement(api.db)
    const made = await given.execution(api.db, {
      enforcement: enforcement.id,
      config: { a: 1 },
      result: { b: 2 },
    })

    const { body } = await api.call(`GET /api/v1/enforcements/${enforcement.id}/executions`, { token })

    expect(body).toEqual({
      data: [
        {
          id: made.id,
          action_ref: made.action_ref,
          status: 'requested',
          parent: null,
          enforcement: enforcement.id,
          rule_ref: enforcement.rule_ref,
          trigger_ref: enforcement.trigger_ref,
          retry_count: 0,
          created: made.created,
          updated: made.updated,
        },
      ],
      pagination: {
        page: 1,
        page_size: 50,
        total_items: 1,
        total_pages: 1,
        has_previous: false,
        has_next: false,
      },
    })
    expect((await api.call('GET /api/v1/enforcements/987654321/executions', { token })).body.data).toEqual([])
  })

  test('a status is found in any case, and one that does not exist is refused', async () => {
    const made = await given.execution(api.db, { status: 'canceling' })

    expect(ids((await get('/status/CANCELING')).body)).toEqual([made.id])
    expect(await get('/status/asleep')).toMatchObject({
      status: 400,
      body: { details: [{ field: 'status' }] },
    })
    expect(await get('?status=asleep')).toMatchObject({
      status: 400,
      body: { details: [{ field: 'status' }] },
    })
  })

  test('pages have neither gaps nor repetitions', async () => {
    const action = await given.action(api.db)
    const made: number[] = []
    for (let n = 0; n < 5; n += 1) {
      made.push((await given.execution(api.db, { action: action.id, created: '2026-01-01T00:00:00Z' })).id)
    }

    const pages = await Promise.all(
      [1, 2, 3, 4].map((page) => get(`?action_ref=${action.ref}&page=${page}&page_size=2`)),
    )

    expect(pages.map(({ body }) => ids(body).length)).toEqual([2, 2, 1, 0])
    expect(pages.flatMap(({ body }) => ids(body))).toEqual(made.toReversed())
  })

  test('what is not there is not found', async () => {
    expect(await get('/987654321')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await get('/99999999999999999999')).toMatchObject({ status: 400 })
  })
})

test('the statistics count every status once', async () => {
  const counted = async () => (await get('/stats')).body.data
  const before = await counted()

  for (const status of [
    'requested',
    'scheduling',
    'scheduled',
    'running',
    'canceling',
    'cancelled',
    'timeout',
    'abandoned',
    'failed',
    'failed',
    'completed',
  ]) {
    await given.execution(api.db, { status })
  }

  const made = {
    total: 11,
    pending: 3,
    running: 1,
    cancelled: 2,
    timeout: 1,
    abandoned: 1,
    failed: 2,
    completed: 1,
  }
  // A count is kept a little longer than it took.
  await vi.waitFor(async () => expect(difference(await counted(), before)).toEqual(made), { timeout: 10_000 })
})

function difference(after: unknown, before: unknown): Record<string, number> {
  const earlier = new Map(Object.entries(before ?? {}))
  return Object.fromEntries(
    Object.entries(after ?? {}).map(([name, count]) => [name, Number(count) - Number(earlier.get(name))]),
  )
}

function field(body: object, name: string): unknown {
  const data: unknown = Reflect.get(body, 'data')
  return typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined
}

function ids(body: object): unknown[] {
  const data: unknown = Reflect.get(body, 'data')
  return Array.isArray(data) ? data.map((row: { id: unknown }) => row.id) : []
}
