import ipaddr from 'ipaddr.js'

type Block = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** An address or a CIDR block; undefined for anything else. IPv4 in the clothes of IPv6 is IPv4. */
export function readEntry(text: string): Block | undefined {
  const entry = text.trim()
  if (ipaddr.isValidCIDR(entry)) return plain(ipaddr.parseCIDR(entry))
  const address = readAddress(entry)
  return address === undefined ? undefined : [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** Whether an address is one of a whitelist. Entries that cannot be read list nobody. */
export function isListed(address: string, entries: readonly string[]): boolean {
  const caller = readAddress(address)
  if (caller === undefined) return false
  return entries.some((entry) => {
    const block = readEntry(entry)
    return block !== undefined && block[0].kind() === caller.kind() && caller.match(block)
  })
}

function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // Forms such as 127.1 or octal numbers are addresses to some and not to others.
  const isPlain = text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text)
  return isPlain ? ipaddr.process(text) : undefined
}

function plain([address, bits]: Block): Block {
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96)
    return [address.toIPv4Address(), bits - 96]
  return [address, bits]
}
