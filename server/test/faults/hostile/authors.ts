import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { TRIGGER } from '../pack.ts'
import { type Attacker, ask, atOnce, type HostileRole } from './attack.ts'
import { HOSTILE_TRIGGER, hostileActions, PLANTED_SECRET } from './pack.ts'

/** Rules of one campaign at most: more is not another attack, only a longer wait afterwards. */
const MAX_RULES = 60

/** Conditions that cost much and say little. */
const conditions: readonly [object, ...object[]] = [
  { expression: 'length(split(event.payload.text, "a")) > 100000' },
  { expression: 'match("(a+)+$", event.payload.text)' },
  { expression: Array.from({ length: 200 }, (_, n) => `contains(event.payload.text, "${n}")`).join(' or ') },
  { expression: `${'('.repeat(90)}event.payload.n${')'.repeat(90)} == 1` },
  { expression: Array.from({ length: 150 }, () => 'upper(lower(event.payload.text)) == "x"').join(' or ') },
]

async function makeRule(
  by: Attacker,
  trigger_ref: string,
  action_params: object,
): Promise<number | undefined> {
  const number = by.next()
  if (number > MAX_RULES) return undefined
  return ask(by, {
    method: 'POST',
    path: '/api/v1/rules',
    body: {
      ref: `hostile.rule_${number}`,
      pack_ref: 'hostile',
      label: 'Hostile',
      trigger_ref,
      action_ref: 'hostile.quits',
      conditions: by.random.pick(conditions),
      action_params,
      enabled: true,
    },
  })
}

const poke = (by: Attacker, text: string) =>
  ask(by, {
    method: 'POST',
    path: '/api/v1/events',
    body: { trigger_ref: HOSTILE_TRIGGER, payload: { n: by.random.int(0, 9), text } },
  })

export const ruleAuthor: HostileRole = {
  name: 'rule author',
  permission_set: 'core.editor',
  attacks: [
    { name: 'costly rule on the event of others', run: async (by) => [await makeRule(by, TRIGGER, {})] },
    {
      name: 'many costly rules and one large event',
      run: async (by) => [
        ...(await atOnce(8, () => makeRule(by, HOSTILE_TRIGGER, { text: '{{ event.payload.text }}' }))),
        await poke(by, 'a'.repeat(600_000)),
      ],
    },
    {
      name: 'huge parameters of a rule',
      run: async (by) => [
        await makeRule(by, HOSTILE_TRIGGER, { text: 'x'.repeat(1_500_000) }),
        await poke(by, 'b'),
      ],
    },
    {
      name: 'costly test of a rule',
      run: (by) =>
        atOnce(4, () =>
          ask(by, {
            method: 'POST',
            path: '/api/v1/rules/test',
            body: {
              rule: {
                ref: 'hostile.tested',
                pack_ref: 'hostile',
                label: 'Hostile',
                trigger_ref: HOSTILE_TRIGGER,
                action_ref: 'hostile.quits',
                conditions: by.random.pick(conditions),
              },
              payload: { text: `${'a'.repeat(200_000)}!` },
            },
          }),
        ),
    },
  ],
}

const run = (by: Attacker, name: string, parameters: object = {}) =>
  ask(by, {
    method: 'POST',
    path: '/api/v1/executions/execute',
    body: { action_ref: `hostile.${name}`, parameters },
  })

export const actionAuthor: HostileRole = {
  name: 'action author',
  permission_set: 'core.editor',
  attacks: [
    {
      name: 'action that does harm',
      run: async (by) => [await run(by, by.random.pick(['flood', ...hostileActions])), ...(await pause(300))],
    },
    {
      name: 'secret output, small and huge',
      run: async (by) => [
        await run(by, 'tells', { password: PLANTED_SECRET }),
        await run(by, 'tells', { password: PLANTED_SECRET.repeat(2000) }),
        ...(await pause(300)),
      ],
    },
    {
      name: 'storm of failures',
      run: async (by) => [...(await atOnce(15, () => run(by, 'quits'))), ...(await pause(500))],
    },
  ],
}

function upload(by: Attacker, archive: Buffer): Promise<number | undefined> {
  const boundary = `hostile${by.random.int(0, 1e9)}`
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="pack"; filename="pack.tar.gz"\r\nContent-Type: application/gzip\r\n\r\n`
  return ask(by, {
    method: 'POST',
    path: '/api/v1/packs/upload',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), archive, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  })
}

const describe = (by: Attacker, more: object) =>
  ask(by, {
    method: 'POST',
    path: '/api/v1/packs',
    body: { ref: `hostile_${by.next()}`, label: 'Hostile', version: '1.0.0', ...more },
  })

export const packAuthor: HostileRole = {
  name: 'pack author',
  permission_set: 'core.editor',
  attacks: [
    { name: 'archive that is none', run: async (by) => [await upload(by, randomBytes(2_000_000))] },
    { name: 'archive that grows', run: async (by) => [await upload(by, gzipSync(Buffer.alloc(60_000_000)))] },
    {
      name: 'many archives at once',
      run: (by) => atOnce(6, () => upload(by, gzipSync(randomBytes(300_000)))),
    },
    {
      name: 'pack with a huge schema',
      run: async (by) => [
        await describe(by, {
          conf_schema: Object.fromEntries(
            Array.from({ length: 5000 }, (_, n) => [
              `field_${n}`,
              { type: 'string', description: 'x'.repeat(100) },
            ]),
          ),
        }),
      ],
    },
    {
      name: 'pack from where there is none',
      run: async (by) => [
        await ask(by, {
          method: 'POST',
          path: '/api/v1/packs/install',
          body: {
            source: by.random.pick([
              'https://127.0.0.1/pack.tar.gz',
              'https://[::1]/x.git',
              '../../etc',
              'file:///etc',
            ]),
          },
        }),
      ],
    },
  ],
}

async function pause(ms: number): Promise<[]> {
  await sleep(ms)
  return []
}
