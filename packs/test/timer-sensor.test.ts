import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test as base, describe } from 'vitest'
import { type FakeApi, type ListedRule, type Received, startFakeApi } from './fake-api.ts'

const program = join(import.meta.dirname, '..', 'core', 'sensors', 'attune-core-timer-sensor')

type Sensor = {
  process: ChildProcess
  log: string[]
  stderr: string[]
  say(line: unknown): void
  exit: Promise<number | null>
}

/** The tests wait for seconds to pass, so they run side by side, each with an API and a sensor of its own. */
const test = base.extend<{ api: FakeApi; start: (env?: Record<string, string>) => Sensor }>({
  api: async ({ task: _task }, use) => {
    const api = await startFakeApi()
    await use(api)
    await api.close()
  },
  start: async ({ api }, use) => {
    const sensors: Sensor[] = []
    await use((env = {}) => {
      const sensor = startSensor(api, env)
      sensors.push(sensor)
      return sensor
    })
    for (const sensor of sensors) {
      sensor.process.kill('SIGKILL')
      await sensor.exit
    }
  },
})

function startSensor(api: FakeApi, env: Record<string, string>): Sensor {
  const child = spawn(program, [], {
    env: {
      PATH: process.env.PATH ?? '',
      ATTUNE_API_URL: api.url,
      ATTUNE_API_TOKEN: 'token-1',
      ATTUNE_SENSOR_REF: 'core.timer_sensor',
      ATTUNE_SENSOR_TRIGGERS: '[]',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const log: string[] = []
  const stderr: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => log.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => stderr.push(chunk))
  child.stdin.on('error', () => {})
  const exit = once(child, 'close').then(() => child.exitCode)
  const say = (line: unknown) =>
    child.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
  return { process: child, log, stderr, say, exit }
}

async function until(reached: () => boolean, what: string) {
  for (const deadline = Date.now() + 30_000; !reached(); ) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`)
    await sleep(10)
  }
}

function everySecond(id: number, trigger_params: unknown = { unit: 'seconds', interval: 1 }): ListedRule {
  return { id, ref: `test.rule_${id}`, enabled: true, trigger_params }
}

function change(event_type: string, id: number, rest: object = {}) {
  const trigger_type = 'core.intervaltimer'
  return {
    event_type,
    rule_id: id,
    rule_ref: `test.rule_${id}`,
    trigger_type,
    timestamp: new Date().toISOString(),
    ...rest,
  }
}

const params = (interval: unknown, unit = 'seconds') => ({ trigger_params: { unit, interval } })
const of = (api: FakeApi, id: number) =>
  api.received.filter(({ event }) => event.trigger_instance_id === `rule_${id}`)
const instant = ({ event }: Received) => Number(event.dedupe_key.split(':')[1])
const instants = (api: FakeApi, id: number) => of(api, id).map(instant)

function gapsOf(api: FakeApi, id: number) {
  const all = instants(api, id)
  return all.slice(1).map((at, index) => at - (all[index] ?? 0))
}

describe.concurrent('ticks', { timeout: 60_000 }, () => {
  test('come on a grid, never early, with the payload and the keys of the event contract', async ({
    api,
    start,
    expect,
  }) => {
    api.rules = [everySecond(7)]
    start()

    await until(() => of(api, 7).length >= 3, 'three ticks')

    const [first, second, third] = of(api, 7)
    expect(first?.event).toMatchObject({
      trigger_ref: 'core.intervaltimer',
      trigger_instance_id: 'rule_7',
      dedupe_key: expect.stringMatching(/^7:\d{13}$/),
      payload: { type: 'interval', interval_seconds: 1, execution_count: 1, sensor_ref: 'core.timer_sensor' },
    })
    expect([second, third].map((tick) => tick?.event.payload.execution_count)).toEqual([2, 3])
    expect(gapsOf(api, 7).every((gap) => gap > 0 && gap % 1000 === 0)).toBe(true)
    for (const tick of of(api, 7)) {
      expect(Date.parse(tick.event.payload.fired_at)).toBeGreaterThanOrEqual(instant(tick))
    }
  })

  test('come for every page of the list, and for no disabled rule', async ({ api, start, expect }) => {
    api.rules = [
      { ...everySecond(1), enabled: false },
      ...Array.from({ length: 120 }, (_, index) => everySecond(index + 2, { unit: 'days', interval: 1 })),
      everySecond(500),
    ]
    start()

    await until(() => of(api, 500).length >= 2, 'ticks of the last rule')

    expect(api.pagesAsked).toEqual([1, 2])
    expect(of(api, 1)).toEqual([])
  })

  test('of a rule whose parameters are wrong are missing, logged with the rule, and disturb nobody', async ({
    api,
    start,
    expect,
  }) => {
    api.rules = [
      everySecond(1, { unit: 'seconds', interval: '5' }),
      everySecond(2, { unit: 'weeks', interval: 1 }),
      everySecond(3),
    ]
    const sensor = start()

    await until(() => of(api, 3).length >= 2, 'ticks of the good rule')

    const lines = sensor.log
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const refused = lines.filter(({ level }) => level === 'error')
    expect(refused.map(({ rule_ref }) => rule_ref)).toEqual(['test.rule_1', 'test.rule_2'])
    expect(new Set(api.received.map(({ event }) => event.trigger_instance_id))).toEqual(new Set(['rule_3']))
  })

  test('that were missed while the process was stopped count as one, and the grid goes on', async ({
    api,
    start,
    expect,
  }) => {
    api.rules = [everySecond(1)]
    const sensor = start()
    await until(() => of(api, 1).length >= 1, 'the first tick')

    sensor.process.kill('SIGSTOP')
    const before = of(api, 1).length
    await sleep(3500)
    sensor.process.kill('SIGCONT')
    await until(() => of(api, 1).length >= before + 3, 'ticks after the gap')

    const gaps = gapsOf(api, 1)
    expect(gaps.every((gap) => gap > 0 && gap % 1000 === 0)).toBe(true)
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(3000)
    expect(of(api, 1).map(({ event }) => event.payload.execution_count)).toEqual(
      of(api, 1).map((_, index) => index + 1),
    )
  })
})

describe.concurrent('changes on standard input', { timeout: 60_000 }, () => {
  test('start, replace and stop timers, and leave the others on their grid', async ({
    api,
    start,
    expect,
  }) => {
    api.rules = [everySecond(1)]
    const sensor = start()
    await until(() => of(api, 1).length >= 1, 'the first tick')

    sensor.say(change('RuleCreated', 2, { enabled: true, ...params(1) }))
    sensor.say(change('RuleEnabled', 1, params(1)))
    await until(() => of(api, 2).length >= 2, 'ticks of the new rule')
    sensor.say(change('RuleDisabled', 2))
    sensor.say(change('RuleEnabled', 3, params(1)))
    await until(() => of(api, 3).length >= 1, 'a tick of the third rule')
    sensor.say(change('RuleDeleted', 1))
    await until(() => of(api, 3).length >= 2, 'the next tick of the third rule')
    const stopped = [of(api, 1).length, of(api, 2).length]
    await until(() => of(api, 3).length >= 4, 'more ticks of the third rule')

    expect([of(api, 1).length, of(api, 2).length]).toEqual(stopped)
    expect(gapsOf(api, 1).every((gap) => gap > 0 && gap % 1000 === 0)).toBe(true)
  })

  test('with other parameters begin a new grid and count', async ({ api, start, expect }) => {
    api.rules = [everySecond(1, { unit: 'hours', interval: 1 })]
    const sensor = start()
    await until(() => sensor.log.join('').includes('rules loaded'), 'the rules')

    sensor.say(change('RuleEnabled', 1, params(1)))
    await until(() => of(api, 1).length >= 1, 'a tick')

    expect(of(api, 1)[0]?.event.payload).toMatchObject({ interval_seconds: 1, execution_count: 1 })
  })

  test('that make no sense or concern other triggers are passed over', async ({ api, start, expect }) => {
    const sensor = start()
    await until(() => sensor.log.join('').includes('rules loaded'), 'the rules')

    sensor.say('not json')
    sensor.say({ hello: 'world' })
    sensor.say(change('RuleCreated', 1, { enabled: false, ...params(1) }))
    sensor.say(change('RuleEnabled', 2, { trigger_type: 'core.alert', ...params(1) }))
    sensor.say(change('RuleEnabled', 3, params(1)))

    await until(() => of(api, 3).length >= 2, 'ticks of the only rule')

    expect(api.received.every(({ event }) => event.trigger_instance_id === 'rule_3')).toBe(true)
  })

  test('end the process with exit code 0 when the input is closed', async ({ api, start, expect }) => {
    api.rules = [everySecond(1)]
    const sensor = start()
    await until(() => of(api, 1).length >= 1, 'the first tick')

    sensor.process.stdin?.end()

    expect(await sensor.exit).toBe(0)
  })
})

describe.concurrent('delivery', { timeout: 60_000 }, () => {
  test('is tried again after 5xx with the same dedupe key, and later events do not wait for it', async ({
    api,
    start,
    expect,
  }) => {
    api.rules = [everySecond(1)]
    let failures = 0
    let stubborn = ''
    api.answer = ({ event }) => {
      stubborn ||= event.dedupe_key
      if (event.dedupe_key !== stubborn || failures >= 3) return 201
      failures += 1
      return 503
    }
    start()

    await until(
      () => of(api, 1).some(({ event, status }) => event.dedupe_key === stubborn && status === 201),
      'success',
    )

    const tries = of(api, 1).filter(({ event }) => event.dedupe_key === stubborn)
    expect(tries.map(({ status }) => status)).toEqual([503, 503, 503, 201])
    expect(tries.every(({ event }) => !event.schedule.earlier_open)).toBe(true)
    expect(of(api, 1).filter(({ event }) => event.schedule.earlier_open).length).toBeLessThan(
      of(api, 1).length,
    )
    expect(of(api, 1).length).toBeGreaterThan(tries.length)
  })

  test.for([408, 425, 429])(
    'is tried again after %i, and nothing is lost',
    async (status, { api, start, expect }) => {
      api.rules = [everySecond(1)]
      let putOff = 0
      api.answer = () => (putOff++ < 3 ? status : 201)
      const sensor = start()

      await until(() => of(api, 1).filter((one) => one.status === 201).length >= 3, 'three accepted events')

      const accepted = new Set(
        of(api, 1)
          .filter((one) => one.status === 201)
          .map(instant),
      )
      const first = of(api, 1)[0]
      expect(first?.status).toBe(status)
      expect(first !== undefined && accepted.has(instant(first))).toBe(true)
      expect(sensor.log.join('')).not.toContain('lost')
    },
  )

  test('waits as long as Retry-After says', async ({ api, start, expect }) => {
    api.rules = [everySecond(1)]
    api.retryAfter = '2'
    let stubborn = ''
    const seen: number[] = []
    api.answer = ({ event, at }) => {
      stubborn ||= event.dedupe_key
      if (event.dedupe_key !== stubborn) return 201
      seen.push(at)
      return seen.length < 2 ? 429 : 201
    }
    start()

    await until(() => seen.length >= 2, 'the second try')

    expect((seen[1] ?? 0) - (seen[0] ?? 0)).toBeGreaterThanOrEqual(1900)
  })

  test('that is given up says how many events are lost', async ({ api, start, expect }) => {
    api.rules = [everySecond(1)]
    api.answer = () => 422
    const sensor = start()

    await until(() => sensor.log.join('').includes('events_lost'), 'the loss')

    const line =
      sensor.log
        .join('')
        .split('\n')
        .find((text) => text.includes('events_lost')) ?? ''
    expect(JSON.parse(line)).toMatchObject({ level: 'error', events_lost: 1 })
  })

  test('is not tried again after a refusal', async ({ api, start, expect }) => {
    api.rules = [everySecond(1)]
    api.answer = () => 422
    start()

    await until(() => of(api, 1).length >= 3, 'three ticks')

    expect(new Set(instants(api, 1)).size).toBe(of(api, 1).length)
  })

  test('reads the token file again after 401', async ({ api, start, expect, onTestFinished }) => {
    const directory = await mkdtemp(join(tmpdir(), 'timer-sensor-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'token')
    await writeFile(file, 'old\n', { mode: 0o600 })
    api.rules = [everySecond(1)]
    api.answer = ({ token }) => (token === 'new' ? 201 : 401)
    const sensor = start({ ATTUNE_API_TOKEN: '', ATTUNE_API_TOKEN_FILE: file })
    await until(() => sensor.log.join('').includes('rules loaded'), 'the rules')

    await writeFile(file, 'new\n')
    await until(() => of(api, 1).some(({ status }) => status === 201), 'an accepted event')

    const [first, second] = of(api, 1)
    expect([first?.token, second?.token]).toEqual(['old', 'new'])
    expect(first?.event.dedupe_key).toBe(second?.event.dedupe_key)
  })

  test('ends the process with a message when the token is refused and there is no other', async ({
    api,
    start,
    expect,
  }) => {
    api.rules = [everySecond(1)]
    api.answer = () => 401
    const sensor = start()

    expect(await sensor.exit).toBe(1)
    expect(sensor.stderr.join('')).toContain('refuses the sensor token')
  })

  test('of what is on its way is finished before SIGTERM ends the process', async ({
    api,
    start,
    expect,
  }) => {
    api.rules = [everySecond(1)]
    let down = true
    api.answer = () => (down ? 503 : 201)
    const sensor = start()
    await until(() => of(api, 1).length >= 1, 'a failed try')

    sensor.process.kill('SIGTERM')
    await until(() => sensor.log.join('').includes('stopping'), 'the end')
    down = false

    expect(await sensor.exit).toBe(0)
    const accepted = new Set(
      of(api, 1)
        .filter(({ status }) => status === 201)
        .map(instant),
    )
    expect(accepted).toEqual(new Set(instants(api, 1)))
  })
})

describe.concurrent('start', { timeout: 60_000 }, () => {
  test('works on the rules of the environment until the API lists them', async ({ api, start, expect }) => {
    api.listStatus = 500
    const given = [
      {
        id: 4,
        ref: 'test.rule_4',
        trigger_ref: 'core.intervaltimer',
        config: { unit: 'seconds', interval: 1 },
      },
    ]
    const sensor = start({ ATTUNE_SENSOR_TRIGGERS: JSON.stringify(given) })
    await until(() => of(api, 4).length >= 1, 'a tick of the given rule')
    await until(() => sensor.log.join('').includes('rules not loaded yet'), 'a failed load')

    api.rules = [everySecond(4), everySecond(5)]
    api.listStatus = 200
    await until(() => of(api, 5).length >= 1, 'a tick of the listed rule')

    expect(gapsOf(api, 4).every((gap) => gap % 1000 === 0)).toBe(true)
  })

  test('waits for a healthy API', async ({ api, start, expect }) => {
    api.healthStatus = 503
    api.rules = [everySecond(1)]
    const sensor = start()
    await until(() => sensor.process.pid !== undefined, 'the process')
    await sleep(300)
    expect(api.pagesAsked).toEqual([])

    api.healthStatus = 200
    await until(() => of(api, 1).length >= 1, 'a tick')
  })

  test('without its settings fails with a message that names the missing one', async ({ start, expect }) => {
    const sensor = start({ ATTUNE_SENSOR_REF: '' })

    expect(await sensor.exit).toBe(1)
    expect(sensor.stderr.join('')).toContain('ATTUNE_SENSOR_REF')
  })
})
