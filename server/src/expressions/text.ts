/** Whether a UTF-16 unit is Unicode white space. All white space is in the basic plane. */
export function isBlank(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d)
  if (unit < 0x80) return false
  return unit === 0x85 || unit === 0xa0 || unit === 0x1680 || isHighBlank(unit)
}

function isHighBlank(unit: number): boolean {
  if (unit >= 0x2000 && unit <= 0x200a) return true
  return unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000
}

/** Removes Unicode white space at both ends. The host's `trim` also removes U+FEFF and keeps U+0085. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

const surrogate = /[\ud800-\udfff]/

/** The characters (code points) of a text. */
export function characters(text: string): string[] {
  return surrogate.test(text) ? Array.from(text) : text.split('')
}

/** How many characters (code points) a text has. */
export function characterCount(text: string): number {
  return surrogate.test(text) ? Array.from(text).length : text.length
}

/** Orders two texts by code point: negative, zero or positive. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i)
    const b = right.charCodeAt(i)
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

/** Puts surrogates, which stand for code points above U+FFFF, behind the rest of the basic plane. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** The beginning of a long text, marked as cut. Never cuts a character in two. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)}…`
}

/** Whether a text takes more than `limit` bytes in UTF-8. */
export function exceedsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return true
  return text.length * 3 > limit && Buffer.byteLength(text) > limit
}
