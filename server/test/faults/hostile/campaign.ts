import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { audit, type Violation } from '../auditor.ts'
import type { Client } from '../client.ts'
import type { Fleet } from '../fleet.ts'
import { putLoad } from '../load.ts'
import type { Plan } from '../plan.ts'
import { onSession } from '../postgres-server.ts'
import { crashesOf, factsOf, prepare, type Prepared, ready } from '../seed.ts'
import { openSite, type Site } from '../site.ts'
import { HOSTILE_PASSWORD, must, tokenFor } from './accounts.ts'
import { assault, type Hostile, hostileRoles, type Tally } from './assault.ts'
import {
  type End,
  ends,
  leftOfLoad,
  ofLoad,
  type Speed,
  speedOf,
  stretches,
  type Timed,
  timed,
} from './measure.ts'
import type { HostileOptions } from './options.ts'
import { PLANTED_SECRET, writeHostilePack } from './pack.ts'
import { openWire } from './wire.ts'

/** What a campaign found. */
export type Campaign = {
  options: Pick<HostileOptions, 'transport' | 'seconds' | 'seed' | 'rate' | 'each' | 'factor'>
  /** From the accepted event to the recorded end. */
  quiet: Speed
  attacked: Speed
  /** From the request to its answer. */
  quiet_answers: Speed
  attacked_answers: Speed
  /** Under attack, each stretch of the way. */
  attacked_stretches: { stretch: string; speed: Speed }[]
  events: number
  tallies: Tally[]
  violations: (Violation | { kind: 'leaked' | 'not_ready'; what: string })[]
  notes: string[]
  folder: string
}

/** The first events find everything cold. */
const WARM_SHARE = 0.2
const REST_MS = 120_000
const READY_MS = 60_000

export async function runCampaign(options: HostileOptions): Promise<Campaign> {
  const site = await openSite(options.transport, options.amqp_url)
  let keep = true
  try {
    const campaign = await onSite(options, site)
    keep = options.keep || campaign.violations.length > 0
    if (!keep) await rm(campaign.folder, { recursive: true, force: true })
    return campaign
  } finally {
    await site.close({ keep })
  }
}

async function onSite(options: HostileOptions, site: Site): Promise<Campaign> {
  const plan = planOf(options)
  const folder = join(site.folder, `hostile-${options.seed}`)
  mkdirSync(folder, { recursive: true })
  const runLog = join(folder, 'runs.log')
  writeFileSync(runLog, '')
  chmodSync(runLog, 0o666) // actions write it, whoever they run as
  const prepared = await prepare(plan, site, { folder, runLog })
  const { ground, proxies } = prepared
  try {
    return await carryOut(options, { plan, site, prepared, folder, runLog })
  } finally {
    await ground.fleet.endAll()
    for (const proxy of proxies) await proxy.close()
    await site.postgres.admin(`drop database if exists ${ground.database} with (force)`)
    if (site.broker?.own === false) await site.broker.dropVirtualHost(ground.database)
  }
}

/** One load over both halves, so that one audit tells what became of all of it. */
function planOf({ seed, transport, seconds, rate }: HostileOptions): Plan {
  return {
    seed,
    transport,
    fleet: 'small',
    events: Math.round(seconds * rate * 2),
    load_ms: seconds * 2000,
    switches_ms: [],
    cancels: 0,
    faults: [],
  }
}

type Scene = { plan: Plan; site: Site; prepared: Prepared; folder: string; runLog: string }

async function carryOut(options: HostileOptions, scene: Scene): Promise<Campaign> {
  const { plan, site, prepared, folder, runLog } = scene
  const { ground, client } = prepared
  await ready(client, ground.fleet, plan)
  const hostile = await invite(options, { site, client, port: ground.api_port })
  const operator = timed(client)
  operator.until(Date.now() + plan.load_ms + REST_MS)
  const middle = Date.now() + plan.load_ms / 2
  const [load, tallies] = await Promise.all([
    putLoad(plan, operator),
    sleep(plan.load_ms / 2).then(() =>
      assault(hostile, { ...options, port: ground.api_port, until: middle + plan.load_ms / 2 }),
    ),
  ])
  const url = site.postgres.url(ground.database)
  const left = await atRest(url)
  const away = await notReady(client, ground.fleet, plan)
  const samples = await onSession(url, ends)
  await ground.fleet.endAll()
  const facts = await factsOf(ground, runLog)
  return {
    options,
    ...speeds(samples, operator, { plan, middle }),
    events: load.accepted.size,
    tallies,
    violations: [
      ...audit(load, ofLoad(facts)),
      ...crashesOf(ground.fleet),
      ...away.map((what) => ({ kind: 'not_ready' as const, what })),
      ...leaks(ground.fleet, [site.password(), ...hostile.flatMap(({ token }) => token ?? [])]),
    ],
    notes: [
      ...(left > 0 ? [`${left} things of the load were left to do after ${REST_MS} ms`] : []),
      ...(operator.turned_away > 0 ? [`the load was turned away ${operator.turned_away} times`] : []),
      ...(facts.dead_letters.length > 0 ? [`${facts.dead_letters.length} dead letters`] : []),
      ...ground.fleet.ends,
    ],
    folder,
  }
}

type Invitation = { site: Site; client: Client; port: number }

/** The pack that hostile users work with, and an account for each. */
async function invite(options: HostileOptions, { site, client, port }: Invitation): Promise<Hostile[]> {
  const wire = openWire(port, '127.0.0.1')
  await must(client, '/api/v1/packs/register', { path: await writeHostilePack(site.folder) })
  const hostile: Hostile[] = []
  for (const role of hostileRoles) {
    if (options.only.length === 0 || options.only.includes(role.name))
      hostile.push({ role, token: await tokenFor(role, client, wire) })
  }
  wire.close()
  return hostile
}

function speeds(
  samples: readonly End[],
  { answers }: Timed,
  { plan, middle }: { plan: Plan; middle: number },
) {
  const half = plan.events / 2
  const began = middle - plan.load_ms / 2
  const warm = began + (middle - began) * WARM_SHARE
  const ms = (list: readonly { ms: number }[]) => speedOf(list.map((one) => one.ms))
  return {
    quiet: ms(samples.filter(({ n }) => n >= half * WARM_SHARE && n < half)),
    attacked: ms(samples.filter(({ n }) => n >= half)),
    quiet_answers: ms(answers.filter((one) => one.at >= warm && one.at < middle)),
    attacked_answers: ms(answers.filter((one) => one.at >= middle)),
    attacked_stretches: stretches.map((stretch) => ({
      stretch,
      speed: speedOf(samples.filter(({ n }) => n >= half).map((sample) => sample[stretch])),
    })),
  }
}

async function atRest(url: string): Promise<number> {
  const deadline = Date.now() + REST_MS
  return onSession(url, async (session) => {
    for (;;) {
      const left = await leftOfLoad(session)
      if (left === 0 || Date.now() > deadline) return left
      await sleep(200)
    }
  })
}

/** What is not as it was before: a role that is not ready, a worker that is silent, a process that ended. */
async function notReady(client: Client, fleet: Fleet, plan: Plan): Promise<string[]> {
  const deadline = Date.now() + READY_MS
  client.until(deadline)
  let reasons: string[] = []
  while (Date.now() < deadline) {
    const health = await client.send('GET', '/health/ready')
    reasons = health?.status === 200 ? [] : [`the API is not ready: ${JSON.stringify(health?.body)}`]
    try {
      await ready(client, fleet, plan)
    } catch {
      reasons.push('a worker or a sensor host is silent')
    }
    if (reasons.length === 0) break
    await sleep(500)
  }
  return [...reasons, ...fleet.ends.filter((end) => end.includes('ended by itself'))]
}

/** Lines of logs that hold what must not be in one. */
function leaks(fleet: Fleet, secrets: readonly string[]): { kind: 'leaked'; what: string }[] {
  const known = [PLANTED_SECRET, HOSTILE_PASSWORD, ...secrets].filter((secret) => secret !== '')
  return fleet.logs().flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const found = known.findIndex((secret) => line.includes(secret))
        return found < 0
          ? []
          : [{ kind: 'leaked' as const, what: `${file}:${index + 1} holds secret ${found}` }]
      }),
  )
}
