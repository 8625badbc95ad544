// Which addresses an action may connect to. Where machines are told their credentials (link-local and metadata
// addresses) nothing is sent unless the operator names the network; the networks of the operator are open unless the
// operator closes them: ATTUNE_HTTP_REQUEST_NETWORKS in the environment of the worker, let through to actions by
// worker.env_passthrough. Whoever starts an action cannot set it.

import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'

/** @typedef {{ address: string, family: number }} Address */

const WORDS = ['public', 'private']
const DEFAULT = WORDS.join(',')

const reserved = listOf([
  // Link-local; among them most metadata services.
  '169.254.0.0/16',
  'fe80::/10',
  // Metadata services and the like at addresses that look like others.
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  // To many, to nobody, and ways around: tunnels and translations that have an IPv4 address inside.
  '224.0.0.0/4',
  '240.0.0.0/4',
  'ff00::/8',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
])

const local = listOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fec0::/10',
])

/** An IPv4 address in the clothes of IPv6: mapped, compatible, or behind a translation (RFC 6052). */
const dressed = listOf(['::ffff:0:0/96', '::/96', '64:ff9b::/96'])

/**
 * Why an address may not be connected to; undefined when it may.
 * @param {string} text
 * @param {string | undefined} networks
 */
export function refusalOf(text, networks) {
  const address = undressed(text)
  const entries = (networks ?? DEFAULT).split(',').map((entry) => entry.trim())
  const named = listOf(entries.filter((entry) => entry !== '' && !WORDS.includes(entry)))
  if (holds(named, address)) return undefined
  if (holds(reserved, address)) {
    return `Address ${address} is not connected to: it is link-local, a metadata service or reserved`
  }
  if (entries.includes(holds(local, address) ? 'private' : 'public')) return undefined
  return `Address ${address} is outside of the networks that ATTUNE_HTTP_REQUEST_NETWORKS permits`
}

/**
 * A look-up for a socket that answers what may be connected to. All addresses of a name must be: one among others
 * that leads elsewhere is an attempt. Connected to is what was checked.
 * @param {string | undefined} networks
 * @param {(refusal: string) => Error} asError
 * @returns {import('node:net').LookupFunction}
 */
export function checkedLookup(networks, asError) {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const refusal = addresses.map(({ address }) => refusalOf(address, networks)).find(Boolean)
      if (refusal !== undefined) return done(asError(refusal), [])
      if (options.all === true) return done(null, addresses)
      const [first] = addresses
      return done(null, first?.address ?? '', first?.family)
    })
  }
}

/**
 * The address of a URL that names one; no socket looks that up.
 * @param {URL} url
 */
export function literalAddress(url) {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(host) === 0 ? undefined : host
}

/** @param {string} text */
function undressed(text) {
  const address = text.replace(/%.*$/, '')
  if (isIP(address) !== 6 || !holds(dressed, address)) return address
  if (address === '::' || address === '::1') return address
  const [high = 0, low = 0] = lastGroups(address)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/**
 * The last 32 bits of an IPv6 address, in two numbers.
 * @param {string} address
 */
function lastGroups(address) {
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1) // the one way to write it, in hexadecimal
  const groups = written.replace('::', ':0:0:').split(':')
  return groups
    .filter((group) => group !== '')
    .slice(-2)
    .map((group) => Number.parseInt(group, 16))
}

/** @param {readonly string[]} networks */
function listOf(networks) {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', length] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0)
      throw new Error(
        `ATTUNE_HTTP_REQUEST_NETWORKS names '${network}', which is no network; see core.http_request`,
      )
    list.addSubnet(address, Number(length ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list
}

/**
 * @param {BlockList} list
 * @param {string} address
 */
const holds = (list, address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
