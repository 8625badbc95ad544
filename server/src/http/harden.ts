import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '../domain/login-attempt/limit.ts'
import { Problem } from '../problem.ts'
import { clientAddress } from './client-address.ts'

export type Limits = {
  /** Requests of one address in a minute that may lack valid credentials. */
  refused_per_minute: number
  /** Requests of one address in a minute; undefined: as many as it likes. */
  requests_per_minute: number | undefined
}

/**
 * What every answer tells a browser: load nothing, frame nothing, keep nothing, tell nobody. A page says itself what
 * it needs.
 */
export async function harden(server: FastifyInstance, limits: Limits): Promise<void> {
  await server.register(helmet, {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // Over plain HTTP browsers ignore it, and a proxy that ends TLS passes it on.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  })
  server.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (request.method === 'OPTIONS' && !isPreflight(request))
      throw new Problem(
        'METHOD_NOT_ALLOWED',
        'OPTIONS answers only what browsers ask before another request.',
      )
  })
  limitRequests(server, limits)
}

function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/** Whoever guesses credentials, or floods, is turned away before anything is looked up for them. */
function limitRequests(server: FastifyInstance, { refused_per_minute, requests_per_minute }: Limits): void {
  const refused = new RateLimiterMemory({ points: refused_per_minute, duration: 60 })
  const all =
    requests_per_minute === undefined
      ? undefined
      : new RateLimiterMemory({ points: requests_per_minute, duration: 60 })
  server.addHook('onRequest', async (request) => {
    const address = addressOf(request)
    const before = await refused.get(address)
    const over =
      before !== null && before.consumedPoints >= refused_per_minute ? before : await spend(all, address)
    if (over === undefined) return
    const message = 'Too many requests from your address; try again in a minute.'
    const retry_after_seconds = Math.max(1, Math.ceil(over.msBeforeNext / 1000))
    throw new Problem('TOO_MANY_REQUESTS', message, [], { retry_after_seconds })
  })
  server.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode === 401) await spend(refused, addressOf(request))
  })
}

function addressOf(request: FastifyRequest): string {
  return networkOf(clientAddress(request))
}

/** Counts one; answers what is over when there were too many. */
async function spend(
  limiter: RateLimiterMemory | undefined,
  key: string,
): Promise<RateLimiterRes | undefined> {
  try {
    await limiter?.consume(key)
    return undefined
  } catch (error) {
    if (error instanceof RateLimiterRes) return error
    throw error
  }
}
