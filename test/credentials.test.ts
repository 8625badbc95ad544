import { expect, test } from 'vitest'
import { apiDocument } from '../server/src/services/api-document.ts'
import { isJsonObject, type Json } from '../server/src/json.ts'

/** Names of fields that sound as if who reads them could act by them. */
const SOUNDS = /key|secret|token|password|credential|private|signature|headers|config$|env_vars|proxy/

/** Those that are none, or are there for whoever gets the answer. Each is a decision. */
const harmless: Readonly<Record<string, string>> = {
  'ActionDetail.key_refs': 'names of keys',
  'ActionSummary.key_refs': 'names of keys',
  'ActionDetail.accepted_env_vars': 'names of variables',
  'ActionSummary.accepted_env_vars': 'names of variables',
  'AuditEvent.actor_token_type': 'a kind of token',
  'AuthSettings.local_password_enabled': 'true or false',
  'AuthSettings.local_password_visible_by_default': 'true or false',
  'Profile.can_change_password': 'true or false',
  'DeadLetter.routing_key': 'an address of the broker',
  'DeadLetterSummary.routing_key': 'an address of the broker',
  'Topology.queues.bindings.key': 'an address of the broker',
  'PackIndexEntry.keywords': 'words',
  'KeyRotation.keys': 'a number',
  'KeyRotation.secret_values': 'a number',
  'KeyRotation.webhook_secrets': 'a number',
  'KeyRotation.pack_index_headers': 'a number',
  'ShownWebhookConfig.hmac.has_secret': 'true or false',
  'ShownWebhookConfig.hmac.has_previous_secret': 'true or false',
  'ShownWebhookConfig.hmac.secret_encoding': 'text or base64',
  'WebhookDelivery.headers': 'without secretive headers, and without that of a signature or token',
  'EnforcementDetail.config': 'secrets are markers',
  'ExecutionDetail.config': 'secrets are markers',
  'EventDetail.config': 'without secretive headers, and of a webhook key the end',
  'Event.config': 'without secretive headers, and of a webhook key the end',
  'RulePlan.changes.config': 'secrets are markers',
  'RuleTest.config': 'secrets are markers',
  'PackDetail.config': 'what its schema declares secret is a marker',
  'PackRegistryIndexDetail.headers': 'every value is hidden',
  'RuntimeDetail.detection_config': 'how a program is found',
  'RuntimeDetail.execution_config': 'how a program is started; for everybody who runs by it',
  'RuntimeDetail.versions.execution_config': 'the same of a version',
  'IntegrationTokenDetail.token_prefix': 'tells two apart',
  'IntegrationTokenDetail.token_suffix': 'tells two apart',
  'NewIntegrationToken.token': 'its first and only showing, to who made it',
  'NewIntegrationToken.integration_token': 'about the token',
  'SessionDetail.integration_token_id': 'a number',
  'SessionDetail.integration_token_label': 'how its owner calls it',
  'SensorToken.token': 'to who asked for it',
  'Session.access_token': 'to who logged in',
  'Session.refresh_token': 'to who logged in',
  'Session.token_type': 'a kind of token',
  'post /api/v1/auth/refresh.token': 'to the sensor whose token it replaces',
}

test('a field of an answer that is a credential is declared as one', async () => {
  const fields = await answerFields()
  const sounding = fields.filter(({ name }) => SOUNDS.test(name))
  const undeclared = sounding.filter(({ path, schema }) => !('x-credential' in schema) && !(path in harmless))

  expect(undeclared.map(({ path }) => path)).toEqual([])
  expect(fields.filter(({ schema }) => 'x-credential' in schema).map(({ path }) => path)).toEqual([
    'TriggerDetail.webhook_key',
  ])
})

type Field = { path: string; name: string; schema: object }

/** Every field of every success body, once, by the component that has it. */
async function answerFields(): Promise<Field[]> {
  const { document } = await apiDocument()
  const root: Json = JSON.parse(JSON.stringify(document))
  const components = at(at(root, 'components'), 'schemas')
  const found = new Map<string, Field>()
  const walk = (schema: Json, path: string, above: readonly string[]): void => {
    if (!isJsonObject(schema)) return
    const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined
    if (name !== undefined) {
      if (!above.includes(name)) walk(at(components, name), name, [...above, name])
      return
    }
    for (const [field, content] of entries(at(schema, 'properties'))) {
      const place = `${path}.${field}`
      if (isJsonObject(content)) found.set(place, { path: place, name: field, schema: content })
      walk(content, place, above)
    }
    for (const word of ['items', 'additionalProperties']) walk(at(schema, word), path, above)
    for (const word of ['anyOf', 'oneOf', 'allOf'])
      for (const [, one] of entries(at(schema, word))) walk(one, path, above)
  }
  for (const [where, schema] of successSchemas(at(root, 'paths'))) walk(schema, where, [])
  return [...found.values()]
}

function successSchemas(paths: Json): [string, Json][] {
  const operations = entries(paths).flatMap(([path, methods]) =>
    entries(methods).map(([method, operation]): [string, Json] => [`${method} ${path}`, operation]),
  )
  const answers = operations.flatMap(([where, operation]) =>
    entries(at(operation, 'responses'))
      .filter(([status]) => status.startsWith('2'))
      .map(([, answer]): [string, Json] => [where, answer]),
  )
  return answers.flatMap(([where, answer]) =>
    entries(at(answer, 'content')).map(([, content]): [string, Json] => [where, at(content, 'schema')]),
  )
}

function entries(value: Json): [string, Json][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function at(value: Json, name: string): Json {
  return isJsonObject(value) ? (value[name] ?? null) : null
}
