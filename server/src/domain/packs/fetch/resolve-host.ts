import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { quoted } from '../archive/archive-entry.ts'
import { kindOfAddress } from './address.ts'
import { type HostRules, includesHost, plainHost, refusedSource } from './source-url.ts'

export type ResolvedAddress = { address: string; family: number }
/** Every address of a name. */
export type ResolveHost = (hostname: string) => Promise<readonly ResolvedAddress[]>

export const resolveByDns: ResolveHost = (hostname) => lookup(hostname, { all: true })

/**
 * The addresses of a host, all of them fit to be connected to. Connect to these and ask no further: a second look-up
 * may answer something else.
 */
export async function allowedAddresses(
  hostname: string,
  rules: HostRules,
  resolve: ResolveHost,
): Promise<readonly ResolvedAddress[]> {
  const host = plainHost(hostname)
  const addresses = ipaddr.isValid(host)
    ? [{ address: host, family: host.includes(':') ? 6 : 4 }]
    : await resolve(host).catch(() => []) // no address, whatever the reason
  if (addresses.length === 0) throw refusedSource(`the host ${quoted(host)} cannot be found`)
  for (const { address } of addresses) requireAllowed(host, address, rules)
  return addresses
}

function requireAllowed(host: string, address: string, { private_hosts }: HostRules): void {
  switch (kindOfAddress(address)) {
    case 'public':
      return
    case 'private':
      if (includesHost(private_hosts, host)) return
      throw refusedSource(
        `the host ${quoted(host)} is not on the internet; pack_registry.allowed_private_hosts permits hosts of a private network`,
      )
    case 'forbidden':
      throw refusedSource(`the host ${quoted(host)} has an address that nothing is fetched from`)
  }
}
