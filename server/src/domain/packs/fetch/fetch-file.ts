import { open } from 'node:fs/promises'
import { Agent, type Dispatcher, request } from 'undici'
import { Problem } from '../../../problem.ts'
import { type ResolvedAddress, allowedAddresses, type ResolveHost } from './resolve-host.ts'
import { checkedUrl, type HostRules, refusedSource, shownUrl } from './source-url.ts'

export type FetchRules = HostRules & {
  timeout_seconds: number
  max_bytes: number
  resolve: ResolveHost
}

const MAX_REDIRECTS = 5
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Fetches a file and answers where it came from in the end. Each step on the way is checked as the first: its URL,
 * its host, its addresses; and connected to is what was checked. `headers` go to the first origin only.
 */
export async function fetchFile(
  text: string,
  { to, rules, headers = {} }: { to: string; rules: FetchRules; headers?: Readonly<Record<string, string>> },
): Promise<URL> {
  const signal = AbortSignal.timeout(rules.timeout_seconds * 1000)
  let url = checkedUrl(text, rules)
  const { origin } = url
  for (let step = 0; step <= MAX_REDIRECTS; step += 1) {
    const sent = url.origin === origin ? headers : {}
    const next = await fetchStep(url, { to, rules, headers: sent, signal })
    if (next === undefined) return url
    url = checkedUrl(next, rules)
  }
  throw refusedSource(`${shownUrl(url)} redirects more than ${MAX_REDIRECTS} times`)
}

type Step = { to: string; rules: FetchRules; headers: Readonly<Record<string, string>>; signal: AbortSignal }

/** Saves what a URL answers, or tells where it redirects to. */
async function fetchStep(url: URL, step: Step): Promise<string | undefined> {
  const addresses = await allowedAddresses(url.hostname, step.rules, step.rules.resolve)
  const agent = pinnedAgent(addresses)
  try {
    const response = await request(url, {
      dispatcher: agent,
      signal: step.signal,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'attune', ...step.headers },
    })
    response.body.on('error', () => undefined) // one that nobody reads ends with the agent
    const { location } = response.headers
    if (redirects.has(response.statusCode) && typeof location === 'string') {
      if (!URL.canParse(location, url.href))
        throw refusedSource(`${shownUrl(url)} redirects to what is not a URL`)
      return new URL(location, url.href).href
    }
    await save(url, response, step)
    return undefined
  } catch (error) {
    throw asRefusal(error, url, step)
  } finally {
    await agent.destroy()
  }
}

/** Connects to these addresses, whatever the name is said to have by then. */
function pinnedAgent(addresses: readonly ResolvedAddress[]): Agent {
  return new Agent({
    connect: {
      timeout: 10_000,
      lookup: (_hostname, options, done) => {
        const [first] = addresses
        if (options.all === true) done(null, [...addresses])
        else done(null, first?.address ?? '', first?.family ?? 4)
      },
    },
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
    maxHeaderSize: 16 * 1024,
  })
}

async function save(url: URL, response: Dispatcher.ResponseData, { to, rules }: Step): Promise<void> {
  if (response.statusCode !== 200) {
    throw refusedSource(`${shownUrl(url)} answers with status ${response.statusCode}`)
  }
  const tooLarge = () => refusedSource(`${shownUrl(url)} is larger than ${rules.max_bytes} bytes`)
  if (Number(response.headers['content-length']) > rules.max_bytes) {
    throw tooLarge()
  }
  const file = await open(to, 'w')
  try {
    let bytes = 0
    const content: AsyncIterable<Buffer> = response.body
    for await (const chunk of content) {
      bytes += chunk.length
      if (bytes > rules.max_bytes) throw tooLarge()
      await file.write(chunk)
    }
  } finally {
    await file.close()
  }
}

/** What is wrong with the network or the other side is the caller's news; what it says in detail is not. */
function asRefusal(error: unknown, url: URL, { rules, signal }: Step): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error
  if (signal.aborted) return refusedSource(`${shownUrl(url)} takes longer than ${rules.timeout_seconds} s`)
  if ('syscall' in error && error.syscall !== 'connect' && error.syscall !== 'read') return error
  const code = 'code' in error ? String(error.code) : error.name
  return refusedSource(`${shownUrl(url)} cannot be fetched (${code})`)
}
