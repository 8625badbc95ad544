import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { networkOf } from '../domain/caller/client-network.ts'
import { Problem } from '../problem.ts'
import { listedIn } from './client-address.ts'

type Socket = IncomingMessage['socket']

export type ConnectionLimits = {
  /** Open at the same time. */
  all: number
  /** Of one address, unless it is that of a proxy. */
  each: number
}

/** Requests of one connection that may be under way at once: nobody of good will sends more ahead of the answers. */
const MAX_UNANSWERED = 32

/** Closes connections beyond the limits as they come, and refuses what is sent far ahead of its answers. */
export function limitConnections(
  server: FastifyInstance,
  { all, each }: ConnectionLimits,
  { trusted_proxies, log }: { trusted_proxies: readonly string[]; log: FastifyBaseLogger },
): void {
  const isProxy = listedIn(trusted_proxies)
  const open = new Map<string, number>()
  const warn = atMostOnceAMinute((address: string) => {
    log.warn({ address }, 'connections are closed: there are too many of this address or in all')
  })
  server.server.maxConnections = all
  server.server.on('drop', (data) => warn(data?.remoteAddress ?? 'unknown'))
  server.server.on('connection', (socket: Socket) => {
    const ip = socket.remoteAddress ?? ''
    if (isProxy(ip)) return
    const address = networkOf(ip)
    const count = (open.get(address) ?? 0) + 1
    if (count > each) {
      warn(address)
      return void socket.destroy()
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
  limitPipelines(server)
}

function limitPipelines(server: FastifyInstance): void {
  const unanswered = new WeakMap<Socket, number>()
  server.addHook('onRequest', async ({ raw: { socket } }, reply) => {
    const count = (unanswered.get(socket) ?? 0) + 1
    unanswered.set(socket, count)
    reply.raw.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    if (count <= MAX_UNANSWERED) return
    reply.header('connection', 'close')
    throw new Problem('TOO_MANY_REQUESTS', 'Too many requests without waiting for an answer; wait for some.')
  })
}

function atMostOnceAMinute(tell: (what: string) => void): (what: string) => void {
  let told = -Infinity
  return (what) => {
    if (performance.now() - told < 60_000) return
    told = performance.now()
    tell(what)
  }
}
