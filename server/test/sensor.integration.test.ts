import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProcess } from '../src/processes/process-identity.ts'
import { sql } from '../src/database/sql.ts'
import { deletePack } from '../src/domain/packs/registrar/delete-pack.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import type { SensorProcess } from '../src/domain/definition/sensor/processes.ts'
import type { Caller } from '../src/domain/caller/caller.ts'
import { toId } from '../src/id.ts'
import { publish } from '../src/messages/publish.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { type Running, running } from './running.ts'

/** Sensor processes follow the rules: real processes, told through real messages. */
describe('a sensor', () => {
  let attune: Running
  let home: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'attune-sensor-'))
    await chmod(home, 0o711)
    attune = await running('postgres', ['sensor'])
  })
  afterAll(async () => {
    await attune.end()
    await rm(home, { recursive: true, force: true })
  })

  /** A rule whose trigger has a sensor with this script, in a pack of its own. */
  async function watched(name: string, script: string, control: 'stdin' | 'restart'): Promise<Rule> {
    await mkdir(join(home, name, 'sensors'), { recursive: true })
    await writeFile(join(home, name, 'sensors', 'watch.sh'), `#!/bin/bash\n${script}\n`)
    await chmod(join(home, name, 'sensors', 'watch.sh'), 0o755)
    const pack = await given.pack(attune.database, { storage_path: join(home, name) })
    const native = await given.runtime(attune.database, { pack: pack.id, execution_config: {} })
    const sensor = await given.sensor(attune.database, { pack: pack.id, runtime: native.id, control })
    const trigger = await given.trigger(attune.database, {
      pack: pack.id,
      sensor: sensor.id,
      sensor_ref: sensor.ref,
    })
    const rule = await given.rule(attune.database, { pack: pack.id, trigger: trigger.id })
    await say('RuleEnabled', rule)
    return rule
  }

  function say(type: 'RuleEnabled' | 'RuleDisabled', { id, ref, trigger_ref }: Rule): Promise<void> {
    const payload = { rule_id: id, rule_ref: ref, trigger_ref, trigger_params: {} }
    return attune.database.transaction((tx) => publish(tx, type, [{ correlation_id: null, payload }]))
  }

  async function setEnabled(rule: Rule, enabled: boolean): Promise<void> {
    await attune.database.run(sql`update rule set enabled = ${enabled} where id = ${rule.id}`)
    await say(enabled ? 'RuleEnabled' : 'RuleDisabled', rule)
  }

  function processOf(rule: Rule, status: SensorProcess['status']): Promise<SensorProcess | undefined> {
    return eventually(
      () =>
        attune.database.maybe<SensorProcess>(sql`
          select p.* from sensor_process p join trigger t on t.sensor = p.sensor where t.ref = ${rule.trigger_ref}`),
      (found) => found?.status === status,
    )
  }

  test('runs while a rule wants it, and stops when none does', async () => {
    const rule = await watched('plain', 'exec sleep 60', 'restart')
    expect(await processOf(rule, 'running')).toMatchObject({ active_rule_count: 1, pid: expect.any(Number) })

    await setEnabled(rule, false)

    expect(await processOf(rule, 'stopped')).toMatchObject({ pid: null, active_rule_count: 0 })
  })

  test('that loses events is counted, and an alert tells of it', async () => {
    const say = `echo '{"level":"error","message":"event lost","events_lost":2}'`
    const rule = await watched(
      'losing',
      `${say}\n${say}\necho '{"events_lost":-5}'\nexec sleep 60`,
      'restart',
    )
    await processOf(rule, 'running')

    const alert = await eventually(
      () =>
        attune.database.maybe<{ component_ref: string; details: unknown; severity: string }>(sql`
          select a.component_ref, a.details, a.severity from alert a
          join trigger t on t.sensor_ref = a.component_ref
          where t.ref = ${rule.trigger_ref} and a.failure_type = 'sensor_events_lost'`),
      (found) => found !== undefined,
    )
    expect(alert).toMatchObject({ severity: 'error', details: { events_lost: 4 } })
    await setEnabled(rule, false)
  })

  test('of a pack that is deleted is stopped', async () => {
    const rule = await watched('doomed', 'exec sleep 60', 'restart')
    const before = await processOf(rule, 'running')
    const [ref = ''] = rule.ref.split('.')
    const grants = [{ resource: 'packs', actions: ['read', 'delete'] }]
    const caller: Caller = {
      kind: 'access',
      identity: toId<'identity'>(1),
      login: 'ann',
      attributes: {},
      grants,
    }

    await deletePack(attune.database, {
      ref,
      force: false,
      packs_base_dir: home,
      by: { caller, request_id: randomUUID(), client_ip: '127.0.0.1', user_agent: null },
    })

    const found = await eventually(
      async () => findProcess(before?.pid ?? 0),
      (one) => one === undefined || one.zombie,
    )
    expect(before?.pid).toEqual(expect.any(Number))
    expect(found?.zombie ?? true).toBe(true)
  })

  test('that listens is told of changes on its stdin and keeps running', async () => {
    const heard = join(home, 'heard')
    await writeFile(heard, '')
    await chmod(heard, 0o666) // for whoever the sensor runs as
    const rule = await watched('listening', `exec cat >> '${heard}'`, 'stdin')
    const before = await processOf(rule, 'running')

    const second = await given.rule(attune.database, { pack: rule.pack, trigger: rule.trigger })
    await say('RuleEnabled', second)
    const lines = await eventually(
      () => readFile(heard, 'utf8').catch(() => ''),
      (text) => text.includes(second.ref),
    )

    expect(JSON.parse(lines.trim())).toMatchObject({
      event_type: 'RuleEnabled',
      rule_id: second.id,
      trigger_type: second.trigger_ref,
    })
    expect((await processOf(rule, 'running'))?.pid).toBe(before?.pid)
  })

  test('that does not listen is started anew for a change', async () => {
    const rule = await watched('silent', 'exec sleep 60', 'restart')
    const before = await processOf(rule, 'running')

    await say('RuleEnabled', await given.rule(attune.database, { pack: rule.pack, trigger: rule.trigger }))

    await eventually(
      () => processOf(rule, 'running'),
      (found) => found?.pid !== before?.pid && found?.active_rule_count === 2,
    )
  })

  test('that dies waits before it is started again, and its last words are kept', async () => {
    const rule = await watched('dying', 'echo "no token, no work" >&2; exit 3', 'restart')

    expect(await processOf(rule, 'backoff')).toMatchObject({
      consecutive_failures: 1,
      last_exit_code: 3,
      stderr_excerpt: 'no token, no work',
      next_restart_at: expect.any(String),
    })
    await eventually(
      () => processOf(rule, 'backoff'),
      (found) => (found?.consecutive_failures ?? 0) >= 2,
      30_000,
    )
  })
})
