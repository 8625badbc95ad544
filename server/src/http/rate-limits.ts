import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '../domain/caller/client-network.ts'
import { Problem } from '../problem.ts'
import type { Caller } from '../domain/caller/caller.ts'
import { clientAddress } from './client-address.ts'
import type { Route } from './route.ts'

export type RateLimitSettings = {
  /** Requests of one address in a minute that may lack valid credentials. */
  refused_per_minute: number
  /** Requests of one caller, or of one address of strangers, in a minute; undefined: as many as they like. */
  requests_per_minute: number | undefined
}

/**
 * Who is turned away for asking too much. What one caller does never counts against another: failures of an address
 * count for its strangers only, and whoever shows a valid credential is counted by name.
 */
export type RateLimits = {
  /** Throws when the address failed or asked too often. Probes never are. */
  stranger(request: FastifyRequest, route: Pick<Route, 'guard'>): Promise<void>
  /** Throws when this caller asked too often. Sensors never do: what they say must not be lost. */
  known(caller: Caller): Promise<void>
}

/** Call before routes are added. */
export function createRateLimits(
  server: FastifyInstance,
  { refused_per_minute, requests_per_minute }: RateLimitSettings,
): RateLimits {
  const refused = new RateLimiterMemory({ points: refused_per_minute, duration: 60 })
  const all =
    requests_per_minute === undefined
      ? undefined
      : new RateLimiterMemory({ points: requests_per_minute, duration: 60 })
  server.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode === 401) await spend(refused, addressOf(request))
  })
  return {
    async stranger(request, { guard }) {
      if (guard === 'probe') return
      const address = addressOf(request)
      const before = guard === 'credential' ? null : await refused.get(address)
      const over = before !== null && before.consumedPoints >= refused_per_minute
      const wait = over ? before : await spend(all, address)
      if (wait !== undefined) throw tooMany('from your address', wait)
    },
    async known(caller) {
      if (caller.kind === 'sensor') return
      const wait = await spend(all, nameOf(caller))
      if (wait !== undefined) throw tooMany('with your credentials', wait)
    },
  }
}

/** Whose requests are counted together: those of a person or a program, and of each thing they let run. */
export function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'nobody':
      return 'nobody'
    case 'access':
      return `identity ${caller.identity}`
    case 'sensor':
      return `sensor ${caller.sensor_ref}`
    case 'execution':
      return `executions of ${caller.runs_as}`
  }
}

/** The address that a request is counted under. */
export function addressOf(request: FastifyRequest): string {
  return networkOf(clientAddress(request))
}

function tooMany(whose: string, { msBeforeNext }: RateLimiterRes): Problem {
  const retry_after_seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  const message = `Too many requests ${whose}; try again in ${retry_after_seconds} s.`
  return new Problem('TOO_MANY_REQUESTS', message, [], { retry_after_seconds })
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
