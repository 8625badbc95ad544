import { pause } from './pause.ts'
import { waitBeforeNextTry } from './retry.ts'
import { networkReason, notTheApi, Unreachable } from './unreachable.ts'

export type Send = (request: Request) => Promise<Response>

/** How one call is sent, where it is not as all others are. */
export type SendOptions = {
  /** Without a token. */
  anonymous?: boolean
  /** A 401 is about the body and not about the session: nothing is renewed for it. */
  once?: boolean
  /** Its first answer counts, also when it says `later`. */
  impatient?: boolean
  /** How long the answer may take as a whole. */
  withinMs?: number
  /** Its answer comes piece by piece and lives as long as it lives. */
  stream?: boolean
  /** The event behind which a stream goes on. */
  lastEventId?: string | undefined
}

/** What requests leave through. */
export type Transport = {
  url: string
  /** Whoever needs other certificates, a proxy or an agent sends for itself. */
  fetch?: Send
  /** Ends every request. */
  signal?: AbortSignal
  /** One line per request. Never holds tokens or bodies. */
  trace?(line: string): void
}

const ANSWER_WITHIN_MS = 300_000

/** Sends what the server puts off again. */
export function patiently(transport: Transport, options: SendOptions): Send {
  return async (request) => {
    for (let tries = 1; ; tries += 1) {
      const response = await sendOnce(transport, options, request.clone())
      const wait = options.impatient
        ? undefined
        : waitBeforeNextTry(response, { method: request.method, tries })
      if (wait === undefined) return response
      await response.body?.cancel()
      transport.trace?.(`asked to come later, in ${Math.ceil(wait)} ms`)
      await pause(wait, transport.signal)
    }
  }
}

async function sendOnce(transport: Transport, options: SendOptions, request: Request): Promise<Response> {
  const { url, signal, fetch: send = fetch } = transport
  const started = performance.now()
  try {
    const response = await send(limited(request, options, signal))
    transport.trace?.(traceLine(request, response, performance.now() - started))
    return options.stream && response.ok ? response : await whole(response, url)
  } catch (error) {
    if (signal?.aborted === true || error instanceof Unreachable) throw error
    throw new Unreachable(`Cannot reach ${url}: ${networkReason(error, withinMs(options))}.`)
  }
}

function withinMs(options: SendOptions): number {
  return options.withinMs ?? ANSWER_WITHIN_MS
}

/** A redirect would turn a POST into a GET or carry it to another host without a word. */
function limited(request: Request, options: SendOptions, signal: AbortSignal | undefined): Request {
  const limits = options.stream ? [] : [AbortSignal.timeout(withinMs(options))]
  if (signal !== undefined) limits.push(signal)
  const sent = new Request(request, { signal: AbortSignal.any(limits), redirect: 'manual' })
  sent.headers.set('accept', options.stream ? 'text/event-stream, application/x-ndjson' : 'application/json')
  if (options.lastEventId !== undefined) sent.headers.set('last-event-id', options.lastEventId)
  return sent
}

function traceLine({ method, url }: Request, { status, headers }: Response, tookMs: number): string {
  return `${method} ${url} ${status} ${Math.round(tookMs)} ms ${headers.get('x-request-id') ?? ''}`.trimEnd()
}

/** The answer once all of it is there: what breaks off under way is noticed here, and so is what is no JSON. */
async function whole(response: Response, url: string): Promise<Response> {
  if (response.type === 'opaqueredirect') return response
  const text = await response.text()
  if (response.ok && text !== '' && !isJson(text)) throw notTheApi(`${url} does not answer with JSON`)
  const { status, statusText, headers } = response
  return new Response(text === '' ? null : text, { status, statusText, headers })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // Whether it can be parsed is the question.
    return false
  }
}
