// Sends one HTTP request and prints what came back as one JSON object.
//
// Any answer of a server is a success for the process, also a 404 or a 500: the result says `success: false`
// and the rule or workflow decides. The process fails only when there is no answer (exit 1).

import { text } from 'node:stream/consumers'
import { checkedLookup, literalAddress, refusalOf } from '../lib/reachable.mjs'

const CONNECT_TIMEOUT_MS = 10_000
/** The largest result that an execution can hold, with room for the fields that the worker adds. */
const MAX_RESULT_BYTES = 1024 * 1024 - 8 * 1024

/** What another origin may be told after a redirect. Any other header can be a credential. */
const HARMLESS = new Set(['accept', 'accept-language', 'content-length', 'content-type', 'user-agent'])
/** What the operator lets actions reach: see lib/reachable.mjs. */
const NETWORKS = process.env.ATTUNE_HTTP_REQUEST_NETWORKS

/**
 * @typedef {Record<string, unknown>} Parameters
 * @typedef {{ method: string, url: URL, headers: Record<string, string>, body: Buffer | undefined }} Outgoing
 * @typedef {{ url: URL, response: import('node:http').IncomingMessage, body: Buffer }} Answer
 * @typedef {{ verifySsl: boolean, maxRedirects: number, signal: AbortSignal }} Limits
 */

/** No usable answer: what the caller reads in `error`, and the cause for the log. */
class RequestFailure extends Error {}

/** @param {Parameters} parameters */
async function request(parameters) {
  const started = performance.now()
  const elapsed = () => Math.round(performance.now() - started)
  try {
    const answer = await follow(outgoing(parameters), limits(parameters))
    return { result: fitting({ ...describe(answer), elapsed_ms: elapsed() }), detail: undefined }
  } catch (error) {
    return { result: { ...failure(error, parameters), elapsed_ms: elapsed() }, detail: detailOf(error) }
  }
}

/**
 * @param {Parameters} parameters
 * @returns {Outgoing}
 */
function outgoing(parameters) {
  const url = targetUrl(parameters)
  /** @type {Record<string, string>} */
  const headers = { 'user-agent': 'attune', accept: '*/*', ...lowerCased(parameters.headers) }
  const method = asText(parameters.method ?? 'GET').toUpperCase()
  const body = requestBody(parameters, headers)
  if (body !== undefined) headers['content-length'] = String(body.length)
  const authorization = authorize(parameters)
  if (authorization !== undefined) headers.authorization = authorization
  return { method, url, headers, body }
}

/** @param {Parameters} parameters */
function targetUrl(parameters) {
  if (typeof parameters.url !== 'string' || parameters.url === '') {
    throw new RequestFailure('url parameter is required')
  }
  const url = URL.canParse(parameters.url) ? new URL(parameters.url) : undefined
  if (url === undefined || !isWeb(url)) {
    throw new RequestFailure('url must be an absolute http or https address')
  }
  const query = queryOf(parameters.query_params)
  if (query !== '') url.search = url.search === '' ? query : `${url.search}&${query}`
  return url
}

/** @param {URL} url */
const isWeb = (url) => url.protocol === 'http:' || url.protocol === 'https:'

/** @param {unknown} value A list becomes a repeated parameter, null is left out. */
function queryOf(value) {
  const query = new URLSearchParams()
  for (const [name, entry] of Object.entries(value ?? {})) {
    for (const item of Array.isArray(entry) ? entry : [entry]) {
      if (item !== null && item !== undefined) query.append(name, asText(item))
    }
  }
  return query.toString()
}

/** @param {unknown} value */
const asText = (value) =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)

/** @param {unknown} headers */
function lowerCased(headers) {
  const entries = Object.entries(headers ?? {}).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), asText(value)]))
}

/**
 * @param {Parameters} parameters
 * @param {Record<string, string>} headers
 */
function requestBody(parameters, headers) {
  if (parameters.json_body !== undefined && parameters.json_body !== null) {
    headers['content-type'] ??= 'application/json'
    return Buffer.from(JSON.stringify(parameters.json_body))
  }
  if (typeof parameters.body === 'string' && parameters.body !== '') return Buffer.from(parameters.body)
  return undefined
}

/** @param {Parameters} parameters */
function authorize({ auth_type, auth_username, auth_password, auth_token }) {
  if (auth_type === 'bearer') return `Bearer ${asText(auth_token ?? '')}`
  if (auth_type !== 'basic') return undefined
  const pair = `${asText(auth_username ?? '')}:${asText(auth_password ?? '')}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/**
 * @param {Parameters} parameters
 * @returns {Limits}
 */
function limits({ timeout, verify_ssl, follow_redirects, max_redirects }) {
  return {
    verifySsl: verify_ssl !== false,
    maxRedirects: follow_redirects === false ? -1 : Number(max_redirects ?? 10),
    signal: AbortSignal.timeout(Number(timeout ?? 30) * 1000),
  }
}

/**
 * @param {Outgoing} first
 * @param {Limits} limits
 * @returns {Promise<Answer>}
 */
async function follow(first, limits) {
  let next = first
  for (let hops = 0; ; hops += 1) {
    const answer = await send(next, limits)
    const target = limits.maxRedirects < 0 ? undefined : redirection(next, answer.response)
    if (target === undefined) return answer
    if (hops >= limits.maxRedirects) {
      throw new RequestFailure(`Maximum number of redirects (${limits.maxRedirects}) exceeded`)
    }
    next = target
  }
}

/**
 * What to send after a redirect, as browsers do it: 303 and a POST answered by 301 or 302 become a GET. What was meant
 * for one origin (scheme, host and port) stays there: another one gets harmless headers alone, and no body.
 * @param {Outgoing} sent
 * @param {import('node:http').IncomingMessage} response
 * @returns {Outgoing | undefined}
 */
function redirection(sent, { statusCode = 0, headers: { location } }) {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined
  if (!URL.canParse(location, sent.url.href))
    throw new RequestFailure(`Redirect to an invalid address '${location}'`)
  const url = new URL(location, sent.url)
  if (!isWeb(url)) throw new RequestFailure(`Redirect to '${url.protocol}' is not followed`)

  const isSame = url.origin === sent.url.origin
  const kept = Object.entries(sent.headers).filter(([name]) => isSame || HARMLESS.has(name))
  const { method, body } = sent
  if (becomesGet(method, statusCode)) {
    const headers = Object.fromEntries(kept.filter(([name]) => !name.startsWith('content-')))
    return { method: 'GET', url, headers, body: undefined }
  }
  if (!isSame && body !== undefined)
    throw new RequestFailure(`Redirect to ${url.origin} is not followed: the body was not meant for it`)
  return { method, url, headers: Object.fromEntries(kept), body }
}

/**
 * @param {string} method
 * @param {number} status
 */
function becomesGet(method, status) {
  return status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST'
}

/**
 * @param {Outgoing} outgoing
 * @param {Limits} limits
 * @returns {Promise<Answer>}
 */
async function send({ method, url, headers, body }, { verifySsl, signal }) {
  const client = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const literal = literalAddress(url)
  const refusal = literal === undefined ? undefined : refusalOf(literal, NETWORKS)
  if (refusal !== undefined) throw new RequestFailure(refusal)
  const lookup = checkedLookup(NETWORKS, (reason) => new RequestFailure(reason))
  const options = { method, headers, agent: false, signal, lookup, rejectUnauthorized: verifySsl }
  return new Promise((resolve, reject) => {
    const sent = client.request(url, options)
    const connecting = setTimeout(
      () => sent.destroy(new RequestFailure('Request timeout')),
      CONNECT_TIMEOUT_MS,
    )
    sent.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(connecting))
    })
    sent.on('close', () => clearTimeout(connecting))
    sent.on('error', reject)
    sent.on('response', (response) => {
      collect(response).then((received) => resolve({ url, response, body: received }), reject)
    })
    sent.end(body)
  })
}

/** @param {import('node:http').IncomingMessage} response */
async function collect(response) {
  const chunks = []
  let size = 0
  try {
    for await (const chunk of response) {
      size += chunk.length
      if (size > MAX_RESULT_BYTES) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof RequestFailure || isTimeout(error)) throw error
    throw new RequestFailure('Failure receiving network data', { cause: error })
  }
  return Buffer.concat(chunks)
}

const tooLarge = () =>
  new RequestFailure(
    `Response is too large: a result holds at most ${MAX_RESULT_BYTES} bytes; ask for less (a page, a range)`,
  )

/** @param {Answer} answer */
function describe({ url, response, body }) {
  const decoded = decode(body, response.headers['content-type'] ?? '')
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  const status_code = response.statusCode ?? 0
  return {
    status_code,
    success: status_code >= 200 && status_code < 300,
    headers: response.headers,
    ...decoded,
    json: decoded.body_encoding === 'utf-8' ? parsed(decoded.body) : null,
    url: shown.href,
  }
}

/**
 * Text as text, everything else (a database cannot hold a NUL either) as base64.
 * @param {Buffer} body
 * @param {string} contentType
 */
function decode(body, contentType) {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    const decoded = new TextDecoder(charset, { fatal: true }).decode(body)
    if (!decoded.includes('\0')) return { body: decoded, body_encoding: 'utf-8' }
  } catch {
    // Not in that character set, or a character set nobody knows.
  }
  return { body: body.toString('base64'), body_encoding: 'base64' }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null // not JSON, whatever its type says
  }
}

/**
 * @template T
 * @param {T} result
 */
function fitting(result) {
  if (Buffer.byteLength(JSON.stringify(result)) > MAX_RESULT_BYTES) throw tooLarge()
  return result
}

/**
 * @param {unknown} error
 * @param {Parameters} parameters
 */
function failure(error, { url }) {
  const shown = typeof url === 'string' ? url.replace(/\/\/[^/@]*@/, '//') : ''
  const empty = { status_code: 0, success: false, headers: {}, body: '', body_encoding: 'utf-8', json: null }
  return { ...empty, url: shown, error: explain(error) }
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof RequestFailure) return error.message
  if (isTimeout(error)) return 'Request timeout'
  const code = codeOf(error)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Could not resolve host'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'Empty reply from server'
  if (/^E(CONNREFUSED|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL|ACCES|INVAL)$/.test(code))
    return 'Failed to connect to host'
  if (code.startsWith('HPE_')) return 'Failure receiving network data'
  if (/^(ERR_(SSL|TLS)|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH)/.test(code)) {
    return 'SSL/TLS connection error'
  }
  return error instanceof Error ? error.message : String(error)
}

/** @param {unknown} error */
const isTimeout = (error) =>
  error instanceof Error &&
  (error.name === 'AbortError' || error.name === 'TimeoutError' || codeOf(error) === 'ETIMEDOUT')

/** @param {unknown} error */
const codeOf = (error) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** @param {unknown} error */
function detailOf(error) {
  const cause = error instanceof RequestFailure ? error.cause : error
  const reason = explain(error)
  return cause instanceof Error && cause.message !== reason ? `${reason}: ${cause.message}` : reason
}

const { result, detail } = await request(JSON.parse((await text(process.stdin)) || '{}'))
process.stdout.write(`${JSON.stringify(result)}\n`)
if (detail !== undefined) {
  process.stderr.write(`${detail}\n`)
  process.exitCode = 1
}
