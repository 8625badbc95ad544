import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Workload } from './workload.ts'

const BATCH = 100
const BATCHES_AT_ONCE = 4
const TICK_MS = 20

/** Events through the HTTP API of a fleet. */
export type ApiLoad = {
  /** As many as the API takes, a hundred to a request. */
  burst(events: number): Promise<void>
  /** One to a request, evenly, for so long. Answers how many were accepted and how many refused. */
  steady(perSecond: number, seconds: number): Promise<Posted>
}

export type Posted = { accepted: number; refused: number }

export async function openLoad({ api_url, admin_password }: Fleet, workload: Workload): Promise<ApiLoad> {
  const post = await openSession(api_url, admin_password)
  let n = 0
  const next = () => ({ trigger_ref: workload.trigger_ref, payload: workload.payloadOf(n++) })

  async function burst(events: number): Promise<void> {
    let left = events
    async function lane(): Promise<void> {
      while (left > 0) {
        const size = Math.min(BATCH, left)
        left -= size
        const answer = await post('/api/v1/events/batch', { events: Array.from({ length: size }, next) })
        if (!answer) throw new Error('The API refused a batch of events.')
      }
    }
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, lane))
  }

  async function steady(perSecond: number, seconds: number): Promise<Posted> {
    const posted: Posted = { accepted: 0, refused: 0 }
    const under_way = new Set<Promise<void>>()
    const started = performance.now()
    for (let sent = 0; ; ) {
      const elapsed = Math.min((performance.now() - started) / 1000, seconds)
      for (; sent < Math.floor(elapsed * perSecond); sent += 1) {
        const one: Promise<void> = post('/api/v1/events', next()).then((taken) => {
          posted[taken ? 'accepted' : 'refused'] += 1
          under_way.delete(one)
        })
        under_way.add(one)
      }
      if (elapsed >= seconds) break
      await sleep(TICK_MS)
    }
    await Promise.all(under_way)
    return posted
  }
  return { burst, steady }
}

/** Logs in; answers a function that says whether a request was accepted. */
async function openSession(
  url: string,
  password: string,
): Promise<(path: string, body: object) => Promise<boolean>> {
  const answer = await send(`${url}/auth/login`, { login: 'admin', password }, undefined)
  if (!answer.ok) throw new Error(`The login was answered with ${answer.status}: ${await answer.text()}`)
  const token = tokenIn(await answer.json())
  return async (path, body) => {
    const taken = await send(`${url}${path}`, body, token).catch(() => undefined)
    await taken?.arrayBuffer()
    return taken?.ok === true
  }
}

function send(url: string, body: object, token: string | undefined): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
}

function tokenIn(answer: unknown): string {
  if (isRecord(answer) && isRecord(answer['data'])) {
    const { access_token } = answer['data']
    if (typeof access_token === 'string') return access_token
  }
  throw new Error('The login was answered without a token.')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
