import { expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import type { Route } from '../src/http/route.ts'
import { declaredRoutes } from '../src/services/declared-routes.ts'
import { startApi } from './api.ts'
import { fixture } from './fixture.ts'

/*
 * Every document that is stored has a limit. What comes in the field of a body is refused there, whatever the route; what
 * comes otherwise is bounded where this list says.
 */

const bounds = {
  /** A field of a body, held against `limits.inline_value_bytes`, or a pack file, which has a mebibyte at most. */
  given: `pack.conf_schema pack.config pack.meta pack.installers runtime.distributions runtime.installation
    runtime.installers runtime.execution_config runtime.detection_config runtime_version.execution_config
    runtime_version.distributions runtime_version.meta identity.attributes permission_set.grants
    permission_set.file_content action.param_schema action.out_schema action.required_worker_runtimes
    action.worker_selector action.worker_tolerations action.worker_affinity sensor.param_schema sensor.config
    sensor.worker_selector sensor.worker_tolerations sensor.worker_affinity trigger.param_schema trigger.out_schema
    trigger.webhook_config rule.conditions rule.action_params rule.trigger_params event.config event.payload
    execution.env_vars execution.worker_selector execution.worker_tolerations execution.worker_affinity key.value
    pack_registry_index.headers`,
  /** Rendered within `limits.inline_value_bytes` for a rule and `evaluation.event_bytes` for an event, or given. */
  rendered: 'enforcement.config execution.config',
  /** Cut or refused by the worker that records it. */
  result: 'execution.result',
  /** Copies of what is bounded already. */
  copied: `enforcement.payload enforcement.conditions execution_history.old_values execution_history.new_values
    execution_secret_value.encrypted_value message.payload outbox.payload dead_letter.payload audit_event.details`,
  /** Written by the program, of a size that the program decides. */
  own: `worker.capabilities worker.meta sensor_process.meta event_decision.decisions execution.workflow_task
    sweep.last_result alert.details audit_event.correlation_chain topology_finding.queues topology_finding.faults
    pack_test_execution.result webhook_event_log.headers pack_environment.metadata`,
} as const

const routes = await declaredRoutes()
const api = await fixture(startApi(() => [...routes]))
const token = await api.token()

test('there is no column of JSON without a bound', async () => {
  const columns = await api.db.many<{ name: string }>(sql`
    select c.table_name || '.' || c.column_name as name
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'attune' and t.table_type = 'BASE TABLE' and c.data_type in ('json', 'jsonb')
      and c.table_name !~ '_[0-9]{8}$|_p[0-9]+|_default$|_[0-9]{4}_[0-9]{2}_[0-9]{2}$'`)
  const bounded = Object.values(bounds).flatMap((names) => names.split(/\s+/))

  expect(columns.map(({ name }) => name).filter((name) => !bounded.includes(name))).toEqual([])
})

/** What fields a body may have, and those of the things it is a list of. */
function fieldsOf({ body, documents }: Route): string[] {
  const properties: unknown = body === undefined ? undefined : Reflect.get(body, 'properties')
  if (typeof properties !== 'object' || properties === null || documents.includes('*')) return []
  const fields = Object.keys(properties)
  return fields.filter((field) => !documents.some((document) => document.startsWith(`${field}.*.`)))
}

test('no field of any body takes more than a document may have', async () => {
  const large = 'x'.repeat(api.inline_limit_bytes)
  const passed: string[] = []
  // The body of the others is refused as a whole: it takes less than one document may have. What is undecoded has no
  // fields of its own: a webhook measures what its body says (webhook/routes.integration.test.ts).
  const measured = routes.filter(
    ({ max_body_bytes, undecoded }) => max_body_bytes > api.inline_limit_bytes && !undecoded,
  )
  for (const route of measured) {
    for (const field of fieldsOf(route)) {
      const path = route.path.replaceAll(/\{\w+\}/g, '1')
      const { status, body } = await api.call(`${route.method} ${path}`, {
        token,
        body: { [field]: { large } },
      })
      const { error } = body
      if (status !== 413 || typeof error !== 'string' || !error.startsWith(`${field}: has `))
        passed.push(`${route.method} ${route.path} ${field}: ${status}`)
    }
  }

  expect(routes.flatMap(fieldsOf).length).toBeGreaterThan(50)
  expect(passed).toEqual([])
}, 120_000)

test('the events of a list are held against it one by one', async () => {
  const payload = { large: 'x'.repeat(api.inline_limit_bytes) }
  const events = [
    { trigger_ref: 'a.b', payload: {} },
    { trigger_ref: 'a.b', payload },
  ]

  const { status, body } = await api.call('POST /api/v1/events/batch', { token, body: { events } })

  expect([status, body['error']]).toEqual([413, expect.stringMatching(/^events\.1\.payload/)])
})
