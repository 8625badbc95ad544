import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'

/** Says its secrets in every way it can, to both streams, and fails with them in the text of the exception. */
const loud = String.raw`
import { createHash } from 'node:crypto'
let document = ''
for await (const chunk of process.stdin) document += chunk
const input = JSON.parse(document)
const texts = (value) => typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(texts)
const secrets = texts(input).flatMap((text) => [text, text.replace(/^Bearer /, '')])
const ways = (s) => [s, s.toUpperCase(), s.toLowerCase(), encodeURIComponent(s), 'user:' + s, JSON.stringify({ s }),
  Buffer.from(s).toString('base64'), Buffer.from('user:' + s).toString('base64'), Buffer.from(s).toString('base64url'),
  Buffer.from(s).toString('hex'), new URLSearchParams({ s }).toString(), "it's '" + s.replaceAll("'", "'\\''") + "'"]
const decoded = (s) => /^[\w+/]+=*$/.test(s) ? [Buffer.from(s, 'base64').toString()] : []
const said = secrets.flatMap((s) => [...ways(s), ...decoded(s).flatMap(ways)])
console.error(said.join('\n'))
console.log(said.join('\n'))
console.log(document)
await new Promise((resolve) => setTimeout(resolve, 300))
if (input.fail) throw new Error('cannot log in with ' + said.join(' or '))
const digest = (value) => createHash('sha256').update(JSON.stringify(value ?? null)).digest('hex')
console.log(JSON.stringify({
  seen: Object.fromEntries(Object.entries(input).map(([name, value]) => [name, digest(value)])),
  said,
}))
`

/** Makes a secret itself, declares it in its output, and says it elsewhere too. */
const issuing = String.raw`
let document = ''
for await (const chunk of process.stdin) document += chunk
const { hex, fail } = JSON.parse(document)
const token = Buffer.from(hex, 'hex').toString().split('').reverse().join('')
console.error('issued ' + token + ' and ' + Buffer.from(token).toString('base64'))
console.log(JSON.stringify({ issued: { token }, note: 'the token is ' + token, queue_ack: { token } }))
process.exit(fail ? 1 : 0)
`

const secret = { type: 'string', secret: true }

/** A pack whose rules take secrets from everywhere to where they may go, and to where they may not. */
export async function writePlantedPack(folder: string, password: string): Promise<void> {
  const action = (ref: string, entry_point: string, more: object) => ({
    ref,
    label: ref,
    runner_type: 'nodejs',
    entry_point,
    parameter_format: 'json',
    output_format: 'json',
    timeout_seconds: 30,
    ...more,
  })
  const rule = (ref: string, more: object) => ({
    ref,
    label: ref,
    enabled: true,
    trigger_ref: 'planted.paid',
    action_ref: 'planted.loud',
    ...more,
  })
  const parameters = {
    token: secret,
    loud: secret,
    header: secret,
    card: secret,
    all: secret,
    backwards: secret,
    chosen: { type: 'string', secret: true, enum: ['one', 'two'] },
    note: { type: 'string' },
    fail: { type: 'boolean' },
  }
  const files: Record<string, object | string> = {
    'pack.yaml': {
      ref: 'planted',
      label: 'Planted',
      version: '1.0.0',
      runtime_deps: ['nodejs'],
      conf_schema: { password: secret, region: { type: 'string' } },
      config: { password, region: 'eu' },
    },
    'triggers/paid.yaml': {
      ref: 'planted.paid',
      label: 'Paid',
      output: { card: secret, note: { type: 'string' } },
    },
    'actions/loud.mjs': loud,
    'actions/loud.yaml': action('planted.loud', 'loud.mjs', {
      parameters,
      max_retries: 1,
      key_refs: ['system.outside'],
    }),
    'actions/issuing.mjs': issuing,
    'actions/issuing.yaml': action('planted.issuing', 'issuing.mjs', {
      parameters: { hex: { type: 'string' }, fail: { type: 'boolean' } },
      output: { issued: { type: 'object', properties: { token: secret } }, note: { type: 'string' } },
    }),
    'rules/pays.yaml': rule('planted.pays', {
      conditions: { expression: "starts_with(event.payload.card, 'p/')" },
      action_params: {
        token: '{{ keystore.outside }}',
        loud: '{{ upper(keystore.outside) }}',
        header: 'Bearer {{ config.password }}',
        card: '{{ event.payload.card }}',
        all: '{{ keystore.outside }}:{{ lower(pack.config.password) }}:{{ event.payload.card }}',
        backwards: '{{ reversed(event.payload.card) }}',
        note: '{{ event.payload.note }}',
        fail: '{{ event.payload.fail }}',
      },
    }),
    'rules/compares.yaml': rule('planted.compares', {
      conditions: { expression: "event.payload.card == 'another'" },
    }),
    'rules/compares_field.yaml': rule('planted.compares_field', {
      conditions: [{ field: 'card', operator: 'equals', value: 'another' }],
    }),
    'rules/breaks.yaml': rule('planted.breaks', {
      conditions: { expression: 'number(event.payload.card) > 1' },
    }),
    'rules/leaks.yaml': rule('planted.leaks', {
      action_params: { note: 'paid with {{ event.payload.card }} and {{ config.password }}' },
    }),
    'rules/leaks_key.yaml': rule('planted.leaks_key', {
      action_params: { note: '{{ keystore.outside }}' },
    }),
    'rules/misfits.yaml': rule('planted.misfits', {
      action_params: { chosen: '{{ event.payload.card }}' },
    }),
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), typeof content === 'string' ? content : stringify(content))
  }
}
