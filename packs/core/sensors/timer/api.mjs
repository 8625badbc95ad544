const REQUEST_TIMEOUT_MS = 30_000
const PAGE_SIZE = 100

/**
 * @typedef {{ status: number, body: unknown, retryAfterMs: number | undefined }} Answer
 * @typedef {(path: string, payload?: unknown) => Promise<Answer>} Call
 * @typedef {ReturnType<typeof createApi>} Api
 */

/**
 * The few calls that a sensor makes. A 401 makes it read its token again, once per request. A request without
 * an answer rejects; every answer is returned, whatever its status.
 * @param {string} url
 * @param {import('./settings.mjs').Token} token
 * @param {() => void} onRefused The token is refused and there is no other.
 */
export function createApi(url, token, onRefused) {
  /** @type {Call} */
  async function call(path, payload) {
    const first = await send(path, payload)
    const answer = first.status === 401 && (await token.reload()) ? await send(path, payload) : first
    if (answer.status === 401) onRefused()
    return answer
  }

  /** @type {Call} */
  async function send(path, payload) {
    const post = payload === undefined ? {} : { method: 'POST', body: JSON.stringify(payload) }
    const headers = { authorization: `Bearer ${token.current()}`, 'content-type': 'application/json' }
    const response = await fetch(url + path, {
      ...post,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const retryAfterMs = waitOf(response.headers.get('retry-after'))
    return { status: response.status, body: parsed(await response.text()), retryAfterMs }
  }

  return {
    /** @param {unknown} event */
    postEvent: (event) => call('/api/v1/events', event),

    /** Rejects unless the API says that it is well. */
    async checkHealth() {
      const { status } = await call('/health')
      if (status < 200 || status > 299) throw new Error(`GET /health answered ${status}`)
    },

    /**
     * All rules of a trigger, page by page; none when the API does not know the trigger.
     * @param {string} triggerRef
     */
    async rulesOf(triggerRef) {
      const rules = []
      for (let page = 1, more = true; more; page += 1) {
        const path = `/api/v1/triggers/${encodeURIComponent(triggerRef)}/rules?page=${page}&per_page=${PAGE_SIZE}`
        const answer = await call(path)
        if (answer.status === 404) return []
        const { data, hasNext } = pageOf(answer, path)
        rules.push(...data)
        more = hasNext && data.length > 0
      }
      return rules
    },
  }
}

/**
 * Seconds or a date, as `Retry-After` has them.
 * @param {string | null} text
 */
function waitOf(text) {
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: a proxy's page, for example
  }
}

/**
 * @param {Answer} answer
 * @param {string} path
 * @returns {{ data: unknown[], hasNext: boolean }}
 */
function pageOf({ status, body }, path) {
  if (status !== 200) throw new Error(`GET ${path} answered ${status}`)
  if (!isObject(body) || !Array.isArray(body.data)) throw new Error(`GET ${path} answered without a list`)
  return { data: body.data, hasNext: isObject(body.pagination) && body.pagination.has_next === true }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
