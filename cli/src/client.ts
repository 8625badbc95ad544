import { setTimeout as delay } from 'node:timers/promises'
import type {
  BodyOf,
  DataOf,
  ListPath,
  PathOf,
  RequestArgument,
  RequestOf,
  RowOf,
} from '@attune/client/dist/requests.js'
import { filled } from './api-path.ts'
import { Failure } from './failure.ts'
import { isJsonObject } from './json.ts'
import { waitBeforeNextTry } from './later.ts'
import { refusal } from './refusal.ts'
import { flag, integer, maybeInteger, maybeText, row, text, texts } from './row.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** One page of a list as the server sent it. */
export type Page<Row = unknown> = {
  rows: Row[]
  total: Total | undefined
  hasNext: boolean
  /** Where a search for text ended, when older rows were not looked at. */
  searchedBackTo: string | undefined
}

/** `capped` when the server stopped counting there. */
export type Total = { rows: number; capped: boolean }

export type TokenPair = { access: string; refresh: string; expiresIn: number }

/** Tokens, and whose they are where the server says so. */
export type LoggedIn = TokenPair & { login: string | undefined }

export type Connection = {
  url: string
  /** Says whose session it is in messages: `profile 'staging'`. */
  session: string
  access: string | undefined
  refresh: string | undefined
  userAgent: string
  /** Aborts every request: the person pressed Ctrl-C. */
  signal: AbortSignal
  /** Keeps a renewed pair. */
  keep(tokens: TokenPair): Promise<void>
  /** The pair that is kept now: another process may have renewed it. Undefined where none is kept. */
  kept(): Promise<{ access: string | undefined; refresh: string } | undefined>
  /** One line per request, for `--verbose`. Never holds tokens or bodies. */
  trace(line: string): void
}

type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  query?: Query | undefined
  /** JSON, or a form. */
  body?: unknown
  /** A 401 is about the body and not about the session: nothing is renewed for it. */
  once?: boolean
  /** A stream lives as long as it lives; everything else has `answerWithinMs`, or as long as it says. */
  stream?: boolean
  withinMs?: number
  /** Its first answer counts, also when it says `later`. */
  impatient?: boolean
}

type Answer = { response: Response; body: unknown }

const answerWithinMs = 300_000

/**
 * The API over HTTP: bearer token, one renewal and one retry on 401, `{data}` unwrapped. A refresh token is good once,
 * and several processes share the one of a profile: what another process has renewed is taken over, not renewed again.
 */
export class Client {
  readonly url: string
  readonly #connection: Connection
  #access: string | undefined
  #refresh: string | undefined
  #renewing: Promise<'renewed' | 'taken over'> | undefined

  constructor(connection: Connection) {
    this.url = connection.url
    this.#connection = connection
    this.#access = connection.access
    this.#refresh = connection.refresh
  }

  get<P extends PathOf<'get'>>(path: P, ...[request]: RequestArgument<'get', P>): Promise<DataOf<'get', P>> {
    return this.#data(callOf('GET', path, request))
  }

  post<P extends PathOf<'post'>>(
    path: P,
    ...[request]: RequestArgument<'post', P>
  ): Promise<DataOf<'post', P>> {
    return this.#data(callOf('POST', path, request))
  }

  /** For a call whose body holds a credential too. */
  postOnce<P extends PathOf<'post'>>(path: P, request: RequestOf<'post', P>): Promise<DataOf<'post', P>> {
    return this.#data({ ...callOf('POST', path, request), once: true })
  }

  put<P extends PathOf<'put'>>(path: P, ...[request]: RequestArgument<'put', P>): Promise<DataOf<'put', P>> {
    return this.#data(callOf('PUT', path, request))
  }

  delete<P extends PathOf<'delete'>>(
    path: P,
    ...[request]: RequestArgument<'delete', P>
  ): Promise<DataOf<'delete', P>> {
    return this.#data(callOf('DELETE', path, request))
  }

  /** A change that may be taken with warnings, and may take its time. */
  async change<M extends 'post' | 'put', P extends PathOf<M>>(
    method: M,
    path: P,
    request: RequestOf<M, P>,
    { withinMs = answerWithinMs }: { withinMs?: number } = {},
  ): Promise<{ data: DataOf<M, P>; warnings: string[] }> {
    const call = callOf(method === 'post' ? 'POST' : 'PUT', path, request ?? {})
    const { body } = await this.#answer({ ...call, withinMs })
    return { data: dataOf(body), warnings: texts(row(body), 'warnings') }
  }

  async page<P extends ListPath>(path: P, request: RequestOf<'get', P>): Promise<Page<RowOf<P>>> {
    const { body } = await this.#answer(callOf('GET', path, request))
    const { data, pagination } = row(body)
    if (!Array.isArray(data))
      throw new Failure('unavailable', `The server's answer to ${path} is not a list.`)
    const meta = row(pagination)
    const total = maybeInteger(meta, 'total_items')
    return {
      rows: rowsOf(data),
      total: total === undefined ? undefined : { rows: total, capped: meta.total_capped === true },
      hasNext: flag(meta, 'has_next'),
      searchedBackTo: maybeText(meta, 'searched_back_to'),
    }
  }

  /** Opens an answer that comes piece by piece: server-sent events, or lines. */
  async open<P extends PathOf<'get'>>(
    path: P,
    request: RequestOf<'get', P>,
  ): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#authorised({ ...callOf('GET', path, request), stream: true })
    if (response.ok && response.body !== null) return response.body
    return fail(response, await this.#body(response))
  }

  /** Asks without credentials; the answer counts whatever its status is. */
  async probe(path: string): Promise<{ status: number; body: unknown }> {
    const response = await this.#send({ method: 'GET', path, impatient: true }, undefined)
    return { status: response.status, body: await this.#body(response) }
  }

  /** Trades a credential for tokens and uses them from here on. */
  async login<P extends PathOf<'post'>>(path: P, credential: BodyOf<'post', P>): Promise<LoggedIn> {
    // Too many failed logins are for the person to know of, not to sit out.
    const answer = await this.#anonymous(path, credential, { impatient: true })
    const tokens = readTokens(answer)
    this.#access = tokens.access
    this.#refresh = tokens.refresh
    const { user } = row(answer)
    return { ...tokens, login: isJsonObject(user) ? maybeText(user, 'login') : undefined }
  }

  /** Ends the session at the server. */
  async logout(refresh_token: string): Promise<void> {
    await this.#anonymous('/auth/logout', { refresh_token })
  }

  async #data<Data>(call: Call): Promise<Data> {
    const { body } = await this.#answer(call)
    return dataOf(body)
  }

  async #answer(call: Call): Promise<Answer> {
    const response = await this.#authorised(call)
    const body = await this.#body(response)
    return response.ok ? { response, body } : fail(response, body)
  }

  /** A 401 had no effect on the server, so repeating the call with a new token is safe, also for a POST. */
  async #authorised(call: Call): Promise<Response> {
    if (this.#access === undefined) {
      if (this.#refresh === undefined) throw this.#notLoggedIn()
      await this.#renew()
    }
    const response = await this.#send(call, this.#access)
    if (response.status !== 401 || this.#refresh === undefined || call.once === true) return response
    await response.body?.cancel()
    const how = await this.#renew()
    const again = await this.#send(call, this.#access)
    if (again.status !== 401 || how === 'renewed') return again
    await again.body?.cancel()
    await this.#renew()
    return this.#send(call, this.#access)
  }

  #notLoggedIn(): Failure {
    const { url, session } = this.#connection
    const remedy = `Run \`attune login --api-url ${url}\` or set ATTUNE_API_TOKEN.`
    return new Failure('unauthenticated', `Not logged in to ${url} (${session}). ${remedy}`)
  }

  /** Calls that find the token expired at the same time share one renewal. */
  #renew(): Promise<'renewed' | 'taken over'> {
    this.#renewing ??= this.#exchangeRefreshToken().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #exchangeRefreshToken(): Promise<'renewed' | 'taken over'> {
    if (await this.#takeOver()) return 'taken over'
    const refresh_token = this.#refresh
    try {
      const tokens = readTokens(await this.#anonymous('/auth/refresh', { refresh_token }))
      this.#access = tokens.access
      this.#refresh = tokens.refresh
      await this.#connection.keep(tokens)
      return 'renewed'
    } catch (error) {
      if (!(error instanceof Failure) || error.exit !== 'unauthenticated') throw error
      if (await this.#takeOver()) return 'taken over'
      throw new Failure(
        'unauthenticated',
        `The session of ${this.#connection.session} has ended. Run \`attune login\`.`,
      )
    }
  }

  async #takeOver(): Promise<boolean> {
    const kept = await this.#connection.kept()
    if (kept === undefined || kept.refresh === this.#refresh) return false
    this.#access = kept.access
    this.#refresh = kept.refresh
    return true
  }

  async #anonymous(path: string, body: unknown, how: Pick<Call, 'impatient'> = {}): Promise<unknown> {
    const response = await this.#send({ method: 'POST', path, body, ...how }, undefined)
    const answer = await this.#body(response)
    if (!response.ok) return fail(response, answer)
    return row(answer).data
  }

  /** What the server puts off is asked for again. */
  async #send(call: Call, token: string | undefined): Promise<Response> {
    for (let tries = 1; ; tries += 1) {
      const response = await this.#sendOnce(call, token)
      const wait = call.impatient ? undefined : waitBeforeNextTry(response, { method: call.method, tries })
      if (wait === undefined) return response
      await response.body?.cancel()
      this.#connection.trace(`asked to come later, in ${Math.ceil(wait)} ms`)
      await delay(wait, undefined, { signal: this.#connection.signal })
    }
  }

  async #sendOnce(call: Call, token: string | undefined): Promise<Response> {
    const { method, path, query, body, stream, withinMs = answerWithinMs } = call
    const url = `${this.url}${path}${queryText(query ?? {})}`
    const started = performance.now()
    const { signal, userAgent } = this.#connection
    const headers = new Headers({
      accept: stream ? 'text/event-stream, application/x-ndjson' : 'application/json',
      'user-agent': userAgent,
    })
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    if (body !== undefined && !(body instanceof FormData)) headers.set('content-type', 'application/json')
    const response = await this.#reached(
      fetch(url, {
        method,
        headers,
        body: body instanceof FormData ? body : body === undefined ? null : JSON.stringify(body),
        // A redirect would turn a POST into a GET or carry it to another host without a word.
        redirect: 'manual',
        signal: stream ? signal : AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      }),
    )
    const took = Math.round(performance.now() - started)
    this.#connection.trace(
      `${method} ${url} ${response.status} ${took} ms ${response.headers.get('x-request-id') ?? ''}`.trimEnd(),
    )
    return response
  }

  async #body(response: Response): Promise<unknown> {
    const text = await this.#reached(response.text())
    if (text === '') return undefined
    try {
      const body: unknown = JSON.parse(text)
      return body
    } catch {
      if (response.ok)
        throw new Failure('unavailable', `${this.url} does not answer with JSON. Is it the API of Attune?`)
      return text
    }
  }

  async #reached<T>(exchange: Promise<T>): Promise<T> {
    try {
      return await exchange
    } catch (error) {
      if (this.#connection.signal.aborted) throw error
      throw new Failure('unavailable', `Cannot reach ${this.url}: ${networkReason(error)}.`)
    }
  }
}

type Parts = { path?: Record<string, string | number>; query?: Query; body?: unknown }

function callOf(method: Call['method'], path: string, request: object = {}): Call {
  // oxlint-disable-next-line no-unsafe-type-assertion -- every request of the document has these parts at most
  const { path: values = {}, query, body }: Parts = request as Parts
  return { method, path: filled(path, values), query, body }
}

/** The types are those of the document that the server was built with; views check what they read. */
function dataOf<Data>(body: unknown): Data {
  const data = isJsonObject(body) && 'data' in body ? body.data : body
  // oxlint-disable-next-line no-unsafe-type-assertion -- see above
  return data as Data
}

function rowsOf<Row>(data: unknown[]): Row[] {
  // oxlint-disable-next-line no-unsafe-type-assertion -- as in dataOf
  return data as Row[]
}

function fail(response: Response, body: unknown): never {
  const { status, statusText, headers } = response
  const location = headers.get('location')
  if (status >= 300 && status < 400 && location !== null) {
    throw new Failure('unavailable', `The server redirects to ${location}. Name that one with --api-url.`)
  }
  throw refusal({ status, statusText, body, requestId: headers.get('x-request-id') })
}

function readTokens(data: unknown): TokenPair {
  const tokens = row(data)
  return {
    access: text(tokens, 'access_token'),
    refresh: text(tokens, 'refresh_token'),
    expiresIn: integer(tokens, 'expires_in'),
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

/** `fetch` hides the reason in a chain of causes. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${answerWithinMs / 1000} s`
  if (error.cause instanceof Error) return networkReason(error.cause)
  if ('code' in error && error.code === 'ECONNREFUSED')
    return 'the connection was refused; is the server running'
  return error.message !== '' ? error.message : 'code' in error ? String(error.code) : error.name
}
