import { setTimeout as sleep } from 'node:timers/promises'
import { at, type Client } from './client.ts'
import { payloadOf, SWITCHED, TRIGGER } from './pack.ts'
import type { Plan } from './plan.ts'

/** What the outside knows of a seed: the events that the program said it has. */
export type Load = {
  /** Event id by number. */
  accepted: Map<number, number>
  /** Numbers of events that were never answered: nobody knows. */
  unanswered: number[]
  /** The number of the first event that was posted after the last switch of the rule, and what it is since. */
  settled: { from_n: number; enabled: boolean } | undefined
  /** Executions whose cancellation was accepted. */
  cancelled: number[]
}

const LANES = 8

/** Posts the events of a plan, switches a rule and cancels executions meanwhile. */
export async function putLoad(plan: Plan, client: Client): Promise<Load> {
  const load: Load = { accepted: new Map(), unanswered: [], settled: undefined, cancelled: [] }
  const started = Date.now()
  const since = () => Date.now() - started
  let next = 0

  async function lane(): Promise<void> {
    while (next < plan.events) {
      const n = next
      next += 1
      const wait = (n * plan.load_ms) / plan.events - since()
      if (wait > 0) await sleep(wait)
      const id = await post(client, plan, n)
      if (id === undefined) load.unanswered.push(n)
      else load.accepted.set(n, id)
    }
  }
  async function switches(): Promise<void> {
    for (const [index, at_ms] of plan.switches_ms.entries()) {
      await sleep(Math.max(0, at_ms - since()))
      const enabled = index % 2 === 1
      const answer = await client.send('POST', `/api/v1/rules/${SWITCHED}/${enabled ? 'enable' : 'disable'}`)
      load.settled = answer?.status === 200 ? { from_n: next + 1, enabled } : undefined
    }
  }
  await Promise.all([...Array.from({ length: LANES }, lane), switches(), cancelSome(plan, client, load)])
  return load
}

async function post(client: Client, plan: Plan, n: number): Promise<number | undefined> {
  const answer = await client.send('POST', '/api/v1/events', {
    trigger_ref: TRIGGER,
    payload: payloadOf(n),
    dedupe_key: `seed ${plan.seed} event ${n}`,
  })
  if (answer === undefined) return undefined
  const id = at(answer.body, 'data', 'id')
  if (typeof id !== 'number') throw new Error(`An event was refused: ${JSON.stringify(answer)}`)
  return id
}

/** Cancels executions in whatever state they are, where the API can. */
async function cancelSome(plan: Plan, client: Client, load: Load): Promise<void> {
  const served = await client.send('GET', '/api-spec/openapi.json')
  const path = '/api/v1/executions/{id}/cancel'
  if (at(served?.body, 'paths', path) === undefined) return
  for (let count = 0; count < plan.cancels; count += 1) {
    await sleep(plan.load_ms / plan.cancels)
    const status = count % 2 === 0 ? 'running' : 'scheduled'
    const listed = await client.send('GET', `/api/v1/executions?status=${status}&per_page=1`)
    const id = at(listed?.body, 'data', '0', 'id')
    if (typeof id !== 'number') continue
    const answer = await client.send('POST', path.replace('{id}', String(id)))
    if (answer !== undefined && answer.status < 300) load.cancelled.push(id)
  }
}
