import { expect, test } from 'vitest'
import type { Id } from '../../../id.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { compile } from './compiled.ts'
import { decide } from './match.ts'

const candidate = {
  id: 1 as Id<'rule'>,
  ref: 'p.r',
  version: 1,
  enabled: true,
  trigger_enabled: true,
  trigger_ref: 'p.t',
  stamp: '1',
  account: 'a',
}

function rendered(payload: JsonObject, value: Json, definition: JsonObject) {
  const compilation = compile({
    ...candidate,
    pack: 1 as Id<'pack'>,
    pack_ref: 'p',
    action: null,
    owner_identity: null,
    authority_set_refs: null,
    conditions: {},
    action_params: { value },
    pack_config: {},
    conf_schema: null,
    param_schema: { value: definition },
    config_secrets: [],
  })
  const event = {
    id: 1 as Id<'event'>,
    trigger_ref: 'p.t',
    payload,
    created: '2026-01-01T00:00:00.000Z',
    rule: null,
  }
  const { firing } = decide(event, candidate, compilation, { now: event.created })
  return firing
}

test.each<[string, [JsonObject, Json, JsonObject], Json]>([
  ['a number', [{ number: 7 }, '{{ event.payload.number }}', { type: 'string' }], '7'],
  ['a boolean', [{ draft: false }, '{{ event.payload.draft }}', { type: 'string' }], 'false'],
  ['text that is a number', [{ count: '7' }, '{{ event.payload.count }}', { type: 'integer' }], 7],
  ['text made of parts', [{ count: 7 }, '{{ event.payload.count }}0', { type: 'integer' }], 70],
  ['text that is a boolean', [{ on: 'true' }, '{{ event.payload.on }}', { type: 'boolean' }], true],
  ['an item', [{ a: 1 }, ['{{ event.payload.a }}'], { type: 'array', items: { type: 'string' } }], ['1']],
  ['an object', [{ a: { b: 1 } }, '{{ event.payload.a }}', { type: 'string' }], { b: 1 }],
  ['text that is no number', [{ count: 'many' }, '{{ event.payload.count }}', { type: 'integer' }], 'many'],
])('of %s a rendered parameter is made as the action asks for it', (_, given, made) => {
  expect(rendered(...given)?.config).toEqual({ value: made })
})

test('a secret that was converted is still a secret', () => {
  const firing = rendered({ pin: 1234 }, '{{ event.payload.pin }}', { type: 'string', secret: true })

  expect(firing).toMatchObject({ config: { value: '1234' }, secret_pointers: ['/value'] })
})
