import { BlockList, isIP, isIPv6 } from 'node:net'
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

/** Tells whether an address is one of these addresses and networks; one of IPv4 in the form of IPv6 is found as well. */
export function listedIn(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
