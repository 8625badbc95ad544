import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** Where nobody can be named: a socket that is closed already, or one without an address. */
const UNKNOWN = '0.0.0.0'

/**
 * Who calls: the peer, or behind trusted proxies the last address that none of them is. What a proxy says and is no
 * address does not count.
 */
export function clientAddress(request: FastifyRequest): string {
  const candidates = [request.ip, request.socket.remoteAddress].map(plain)
  return candidates.find((address) => isIP(address) !== 0) ?? UNKNOWN
}

/** Without a port, brackets, a zone, or the form of IPv6 for an address of IPv4. */
function plain(address: string | undefined): string {
  return (address ?? '')
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/i, '')
}
