import { expect, test } from 'vitest'
import { startApi } from '../../test/api.ts'
import { fixture } from '../../test/fixture.ts'
import * as given from '../../test/given.ts'
import { webhookRoutes } from '../domain/flow/webhook/routes.ts'

const api = await fixture(startApi((parts) => webhookRoutes(parts)))

test('an address may end with a slash, that of a webhook too', async () => {
  const token = await api.token('triggers:update')
  const { ref } = await given.trigger(api.db)
  const enabled = await api.call(`POST /api/v1/triggers/${ref}/webhooks/enable/`, { token })
  const { webhook_key } = Object(enabled.body.data)

  const called = await api.call(`POST /api/v1/webhooks/${webhook_key}/`, { body: { a: 1 } })
  const twice = await api.call(`POST /api/v1/webhooks/${webhook_key}//`, { body: { a: 1 } })
  const unknown = await api.call('POST /api/v1/webhooks/wh_00000000000000000000000000000000/')

  expect(called).toMatchObject({ status: 200, body: { data: { event_id: expect.any(Number) } } })
  expect([twice.status, unknown.status]).toEqual([404, 404])
})
