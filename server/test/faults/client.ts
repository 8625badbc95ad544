import { setTimeout as sleep } from 'node:timers/promises'

/** A client of the API that bears outages: it tries again until `giveUp` says so. */
export type Client = {
  /** The first answer that is not to be asked for again later; undefined when time was up. */
  send(method: string, path: string, body?: object): Promise<Answer | undefined>
  /** Waits at most until then from now on. */
  until(deadline: number): void
}

type Answer = { status: number; body: unknown }

type ClientOptions = { url: string; login: string; password(): string }

const PAUSE_MS = 100
const REQUEST_MS = 10_000

export function createClient({ url, login, password }: ClientOptions): Client {
  let token: Promise<string | undefined> | undefined
  let deadline = Number.POSITIVE_INFINITY

  async function attempt(method: string, path: string, body?: object): Promise<Answer | undefined> {
    token ??= logIn()
    const bearer = await token
    if (bearer === undefined) token = undefined
    const answer = bearer === undefined ? undefined : await ask(`${url}${path}`, { method, body, bearer })
    if (answer?.status === 401) token = undefined
    return answer === undefined || isLater(answer.status) ? undefined : answer
  }
  async function logIn(): Promise<string | undefined> {
    const body = { login, password: password() }
    const answer = await ask(`${url}/auth/login`, { method: 'POST', body })
    return answer?.status === 200 ? tokenIn(answer.body) : undefined
  }
  return {
    async send(method, path, body) {
      for (;;) {
        const answer = await attempt(method, path, body)
        if (answer !== undefined || Date.now() > deadline) return answer
        await sleep(PAUSE_MS)
      }
    },
    until(moment) {
      deadline = moment
    },
  }
}

/** An answer that is none yet: a token that ran out, and what the server puts off. */
function isLater(status: number): boolean {
  return [401, 408, 425, 429].includes(status) || status >= 500
}

type Request = { method: string; body?: object | undefined; bearer?: string }

/** Undefined when there was no answer: the connection was refused, cut or silent. */
async function ask(url: string, { method, body, bearer }: Request): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_MS),
    })
    return { status: response.status, body: JSON.parse(await response.text()) }
  } catch {
    return undefined
  }
}

function tokenIn(body: unknown): string | undefined {
  const found = at(body, 'data', 'access_token')
  return typeof found === 'string' ? found : undefined
}

/** A member of parsed JSON, or undefined. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
}
