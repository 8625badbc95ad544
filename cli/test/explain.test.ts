import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, newHome, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, ...args: string[]): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(args, session(api.url))
}

const at = '2031-05-06T07:08:09.123456Z'
const nobody = { parent: null, original_execution: null, max_retries: null, started_at: null }

function execution(id: number, more: object = {}): object {
  return {
    id,
    asked: false,
    depth: 0,
    action_ref: 'demo.act',
    status: 'completed',
    enforcement: 3,
    ...nobody,
    retry_count: 0,
    attempt: 1,
    worker: 1,
    worker_name: 'w1',
    created: at,
    ended_at: at,
    total_ms: 1234,
    hops: [
      { status: 'requested', at, after_ms: null },
      { status: 'completed', at, after_ms: 1234 },
    ],
    why: null,
    ...more,
  }
}

const placement = {
  worker: null,
  reason: 'unavailable',
  message: 'All workers that fit are inactive or cordoned: w2. Start or uncordon one.',
  removed: [{ worker: 'w2', filter: 'unavailable', why: 'is cordoned' }],
}

const trace = {
  asked: { kind: 'event', id: 12 },
  correlation_id: null,
  event: {
    id: 12,
    asked: true,
    trigger_ref: 'demo.happened',
    source_ref: null,
    rule_ref: null,
    created: at,
    decided: true,
    decided_at: at,
    decided_after_ms: 3.25,
    why: null,
  },
  rules: [
    { rule: 1, rule_ref: 'demo.fires', version: 1, outcome: 'matched' },
    {
      rule: 2,
      rule_ref: 'demo.not',
      version: 1,
      outcome: 'not_matched',
      clause: 'event.payload.n > 2',
      compared: { left: 1, right: 2 },
    },
    {
      rule: 4,
      rule_ref: 'demo.clauses',
      version: 1,
      outcome: 'not_matched',
      clause: 'kind equals "b"',
      compared: {
        field: 'kind',
        operator: 'equals',
        value: 'b',
        actual: { $attune_secret: true, redacted: true },
      },
    },
    { rule: 3, rule_ref: 'demo.off', version: 1, outcome: 'disabled', reason: 'The rule is disabled.' },
  ],
  enforcements: [
    {
      id: 3,
      rule: 1,
      rule_ref: 'demo.fires',
      status: 'processed',
      created: at,
      resolved_at: at,
      resolved_after_ms: 4,
      why: null,
    },
  ],
  executions: [
    execution(5),
    execution(6, {
      depth: 1,
      retry_count: 1,
      max_retries: 2,
      enforcement: 3,
      status: 'requested',
      total_ms: null,
      worker_name: null,
      hops: [],
      why: 'Waits.',
      placement,
    }),
    execution(7, { depth: 1, parent: 5, enforcement: null, action_ref: 'demo.child' }),
  ],
  messages: [],
  dead_letters: [
    {
      id: 9,
      type: 'EventCreated',
      queue: 'q',
      event: 12,
      enforcement: null,
      execution: null,
      attempts: 5,
      error: 'It broke.',
      created: at,
    },
  ],
  withheld: [{ section: 'placement', permission: 'workers:read' }],
  truncated: false,
}

test('a trace is a tree without colours in a pipe', async () => {
  const ended = await run(
    { 'GET /api/v1/events/12/trace': () => ({ body: { data: trace } }) },
    'explain',
    'event',
    '12',
  )

  expect(ended).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'Event 12 of demo.happened, accepted 2031-05-06 07:08:09 UTC  ← asked',
      '│  decided after 3.25 ms',
      '├─ Rule demo.fires matched',
      '│  └─ Enforcement 3 processed after 4 ms',
      '│     └─ Execution 5 of demo.act completed after 1.23 s on worker w1',
      '│        │  requested → completed +1.23 s',
      '│        ├─ Execution 6 of demo.act requested (retry 1 of 2)',
      '│        │     Waits.',
      '│        │     now: All workers that fit are inactive or cordoned: w2. Start or uncordon one.',
      '│        │     worker w2 [unavailable]: is cordoned',
      '│        └─ Execution 7 of demo.child completed after 1.23 s on worker w1',
      '│              requested → completed +1.23 s',
      '├─ Rule demo.not not matched: event.payload.n > 2 (left 1, right 2)',
      '├─ Rule demo.clauses not matched: kind equals "b" (value "b", actual <secret>)',
      '└─ Rule demo.off disabled: The rule is disabled.',
      'Dead letters',
      '└─ Dead letter 9: EventCreated from q, It broke.',
      'Not shown to you',
      '└─ placement: needs workers:read',
      '',
    ].join('\n'),
  })
})

test('an execution is explained by its trace; json and yaml are what the server sent', async () => {
  const answer = {
    ...trace,
    event: null,
    rules: [],
    enforcements: [],
    executions: [execution(5, { asked: true, enforcement: null })],
  }
  const routes = { 'GET /api/v1/executions/5/trace': () => ({ body: { data: answer } }) }

  const text = await run(routes, 'explain', 'execution', '5')
  const json = await cli(['explain', 'execution', '5', '--output', 'json'], session(api.url))
  const yaml = await cli(['explain', 'execution', '5', '--output', 'yaml'], session(api.url))

  expect(text.stdout).toContain('Execution 5 of demo.act completed after 1.23 s on worker w1  ← asked\n')
  expect(JSON.parse(json.stdout)).toEqual(answer)
  expect(parse(yaml.stdout)).toEqual(answer)
})

test('what does not exist exits 5', async () => {
  const ended = await run({}, 'explain', 'event', '1')

  expect(ended).toMatchObject({ code: 5, stdout: '' })
})

test('a name from elsewhere cannot drive the terminal through the tree', async () => {
  const answer = { ...trace, executions: [execution(5, { why: 'red \u001b[31m\nline', enforcement: 3 })] }

  const ended = await run(
    { 'GET /api/v1/events/12/trace': () => ({ body: { data: answer } }) },
    'explain',
    'event',
    '12',
  )

  expect(ended.stdout).toContain('red \\x1b[31m line')
})

test('explain rule tells what keeps it from firing, the counts and the last events', async () => {
  const account = {
    rule: {
      ref: 'demo.r',
      enabled: false,
      version: 3,
      last_error: 'It broke.',
      last_error_at: at,
      updated: at,
    },
    trigger: { ref: 'demo.happened', exists: true, enabled: true },
    action: { ref: 'demo.gone', exists: false, enabled: false },
    problems: [],
    verdict: ['The rule is disabled; attune rule enable demo.r switches it on.'],
    period: {
      since: at,
      events: 4,
      matched: 1,
      not_matched: 1,
      disabled: 1,
      error: 0,
      not_considered: 0,
      undecided: 1,
      capped: false,
    },
    last: [
      { event: 9, created: at, decided: false, decided_at: null, bound: false, recorded: null },
      { event: 8, created: at, decided: true, decided_at: at, bound: false, recorded: trace.rules[1] },
    ],
  }

  const ended = await run(
    { 'GET /api/v1/rules/demo.r/explain': () => ({ body: { data: account } }) },
    'explain',
    'rule',
    'demo.r',
    '--limit',
    '2',
    '--since',
    '7d',
  )

  expect(api.received[0]?.query).toEqual({ limit: '2', since: '7d' })
  expect(ended.stdout).toBe(
    [
      'Rule demo.r (version 3) is disabled',
      '│  The rule is disabled; attune rule enable demo.r switches it on.',
      '├─ Trigger demo.happened exists',
      '├─ Action demo.gone does not exist',
      '├─ Last error, 2031-05-06 07:08:09 UTC: It broke.',
      '├─ Since 2031-05-06 07:08:09 UTC: 4 events, 1 matched, 1 not matched, 1 disabled, 0 error, 0 not considered, 1 undecided',
      '└─ Last events of its trigger',
      '   ├─ Event 9, 2031-05-06 07:08:09 UTC: not decided yet',
      '   └─ Event 8, 2031-05-06 07:08:09 UTC: not matched: event.payload.n > 2 (left 1, right 2)',
      '',
    ].join('\n'),
  )
})

const counts = { matched: 1, not_matched: 1, disabled: 0, error: 0, none: 0 }
const plan = {
  rule_ref: 'demo.r',
  saved: true,
  trigger_refs: ['demo.happened'],
  since: at,
  events: 2,
  appear: 1,
  disappear: 1,
  stay: 0,
  recorded: counts,
  planned: counts,
  changes: [
    {
      event: 9,
      created: at,
      change: 'appears',
      recorded: 'not_matched',
      planned: trace.rules[0],
      config: { n: 1 },
    },
    {
      event: 8,
      created: at,
      change: 'disappears',
      recorded: 'matched',
      planned: trace.rules[1],
      config: null,
    },
  ],
  unlisted: 0,
  next: 8,
}

test('a plan of a stored rule sends its ref, and says how to go on', async () => {
  const ended = await run(
    { 'POST /api/v1/rules/plan': () => ({ body: { data: plan } }) },
    'rule',
    'plan',
    'demo.r',
    '--limit',
    '2',
  )

  expect(api.received[0]?.body).toEqual({ rule: { ref: 'demo.r' }, limit: 2 })
  expect(ended).toEqual({
    code: 0,
    stderr: '⚠ Older events are not in this plan; continue with --before 8.\n',
    stdout: [
      'Rule demo.r over 2 events since 2031-05-06 07:08:09 UTC',
      '│  enforcements: 1 would appear, 1 would disappear, 0 stay',
      '│  recorded: 1 matched, 1 not matched, 0 disabled, 0 error, 0 not asked',
      '│  planned:  1 matched, 1 not matched, 0 disabled, 0 error, 0 not asked',
      '├─ + event 9, 2031-05-06 07:08:09 UTC: matched',
      '│     {"n":1}',
      '└─ - event 8, 2031-05-06 07:08:09 UTC: not matched: event.payload.n > 2 (left 1, right 2)',
      '',
    ].join('\n'),
  })
})

test('a plan of a file sends the whole rule, so that nothing of the stored one is left in it', async () => {
  const file = join(newHome(), 'rule.yaml')
  writeFileSync(file, 'ref: demo.r\ntrigger_ref: happened\naction_ref: core.echo\n')

  await run(
    { 'POST /api/v1/rules/plan': () => ({ body: { data: plan } }) },
    'rule',
    'plan',
    file,
    '--since',
    '7d',
  )

  expect(api.received[0]?.body).toEqual({
    rule: {
      ref: 'demo.r',
      pack_ref: 'demo',
      label: 'R',
      trigger_ref: 'demo.happened',
      action_ref: 'core.echo',
      conditions: {},
      action_params: {},
      enabled: true,
    },
    since: '7d',
  })
})

test('a rule is tested with a payload or an event, one of them', async () => {
  const tested = {
    decision: trace.rules[0],
    config: { n: 1 },
    parameter_problems: [{ field: 'm', message: 'is missing' }],
  }
  const routes = { 'POST /api/v1/rules/test': () => ({ body: { data: tested } }) }

  const ended = await run(routes, 'rule', 'test', 'demo.fires', '--payload', '{"n": 1}')
  const neither = await cli(['rule', 'test', 'demo.fires'], session(api.url))

  expect(api.received.map(({ body }) => body)).toEqual([{ rule: { ref: 'demo.fires' }, payload: { n: 1 } }])
  expect(ended.stdout).toBe(
    [
      'Rule demo.fires matched',
      '│  parameters: {"n":1}',
      '└─ The execution would fail',
      '   └─ m is missing',
      '',
    ].join('\n'),
  )
  expect(neither).toMatchObject({ code: 2, stdout: '' })
})
