/** An IPv6 customer has a whole network to change addresses in: its first 64 bits count as one address. */
export function networkOf(client_ip: string): string {
  const [ip = ''] = client_ip.toLowerCase().split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(ip)?.[1]
  if (mapped !== undefined || !ip.includes(':')) return mapped ?? ip
  const [left = '', right] = ip.split('::')
  const before = groupsOf(left)
  const after = right === undefined ? [] : groupsOf(right)
  const groups = [
    ...before,
    ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'),
    ...after,
  ]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
