import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'

/** The part of IPv6 that is handed out. Everything outside it is local, a tunnel, a translation or reserved. */
const handedOut = ipaddr.parseCIDR('2000::/3')

/** Where clouds tell a machine its secrets. No setting opens them. */
const metadata: ReadonlySet<string> = new Set([
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
])

const privateRanges: ReadonlySet<string> = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal'])

/**
 * Who an address belongs to: anyone on the internet; the network that this machine is in, for which there is a
 * setting; nobody that may be asked, ever.
 */
export function kindOfAddress(text: string): 'public' | 'private' | 'forbidden' {
  if (!ipaddr.isValid(text)) return 'forbidden'
  const address = ipaddr.parse(text)
  if (metadata.has(address.toString())) return 'forbidden'
  const range: string = address.range()
  if (range === 'unicast' && isHandedOut(address)) return 'public'
  return privateRanges.has(range) ? 'private' : 'forbidden'
}

function isHandedOut(address: IPv4 | IPv6): boolean {
  return address.kind() === 'ipv4' || address.match(handedOut)
}
