import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/database.ts'
import { createTurns, type TurnLimits } from '../database/turns.ts'
import { Problem } from '../problem.ts'
import { admit, type Identification, identify } from './authenticate.ts'
import { type BodyAllowance, createBodyMemory, memoryLimits } from './body-memory.ts'
import type { Caller } from '../domain/caller/caller.ts'
import type { RequestAudit } from './request-audit.ts'
import type { PathParameters, Route, CheckPathCredential } from './route.ts'
import { addressOf, nameOf, type RateLimits } from './rate-limits.ts'

/** A request that may have its body read: who calls, and what it may use. */
export type AdmittedRequest = {
  caller: Caller
  /** The database, in turn with other callers. */
  database: Database
  /** Memory for its body. */
  allowance: BodyAllowance
}

export type AdmissionOptions = Identification & {
  database: Database
  /** Statements of requests at the same time. */
  turns: TurnLimits
}

/**
 * What a request has to pass before a byte of its body is read. A credential is looked at first: what it costs is a
 * signature, and a row once the signature is good. Only without a valid one does it count what others at the same
 * address have done.
 */
export function createAdmission(
  options: AdmissionOptions,
  { turned, audit }: { turned: RateLimits; audit: RequestAudit },
): (route: Route, request: FastifyRequest, reply: FastifyReply) => Promise<AdmittedRequest> {
  const turns = createTurns(options.turns)
  const known = createBodyMemory(memoryLimits.known)
  const strangers = createBodyMemory(memoryLimits.strangers)

  async function callerOf(route: Route, request: FastifyRequest): Promise<Caller> {
    try {
      return await identify(route, request.headers, options)
    } catch (error) {
      if (error instanceof Problem && error.code === 'UNAUTHORIZED') await turned.stranger(request, route)
      throw error
    }
  }

  /** Whether it is known whose request it is: by a token, or by what the path holds. */
  async function isVouched(route: Route, request: FastifyRequest, caller: Caller): Promise<boolean> {
    if (caller.kind !== 'nobody') {
      await turned.known(caller)
      return true
    }
    if (route.vouch !== undefined && (await isGood(route.vouch, request))) return true
    await turned.stranger(request, route)
    if (route.vouch !== undefined) throw new Problem('NOT_FOUND', 'There is no webhook under this key.')
    return false
  }

  function isGood(vouch: CheckPathCredential, request: FastifyRequest): Promise<boolean> {
    const database = options.database.within({ turn: () => turns(`address ${addressOf(request)}`) })
    // oxlint-disable-next-line no-unsafe-type-assertion -- what the router finds in a path is text
    return vouch(request.params as PathParameters, database)
  }

  return async (route, request, reply) => {
    audit.asked(request)
    const caller = await callerOf(route, request)
    const vouched = await isVouched(route, request, caller)
    if (vouched) await audit.called(request, caller)
    else audit.stranger(request)
    admit(route, caller)
    const who = caller.kind === 'nobody' ? `address ${addressOf(request)}` : nameOf(caller)
    const allowance = (vouched ? known : strangers)(who)
    const left = new AbortController()
    reply.raw.once('close', () => {
      allowance.giveBack()
      if (!reply.raw.writableFinished) left.abort(new Problem('BAD_REQUEST', 'The client left too soon.'))
    })
    const scope = { turn: () => turns(who), ...(route.reads ? { signal: left.signal } : {}) }
    const database = route.guard === 'probe' ? options.database : options.database.within(scope)
    return { caller, database, allowance }
  }
}
