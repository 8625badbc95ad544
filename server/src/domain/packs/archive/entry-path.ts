import { refused } from './archive-entry.ts'

/** Enough for any pack, and less than any file system takes. */
const MAX_PATH_BYTES = 1024
const MAX_NAME_BYTES = 255
const MAX_DEPTH = 32

/**
 * The names on the way to an entry, none when it is the top itself. Refuses every spelling that leads elsewhere than
 * it seems to, here or on another system.
 */
export function pathOf(text: string): string[] {
  checkText(text)
  const names = text
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/$/, '')
    .split('/')
  if (names.length === 1 && (names[0] === '.' || names[0] === '')) return []
  checkNames(names, text)
  return names
}

function checkText(text: string): void {
  if (/[\p{Cc}\p{Cf}]/u.test(text)) throw refused('has a name with control characters', text)
  if (text.includes('\uFFFD')) throw refused('has a name that is not UTF-8', text)
  if (text.includes('\\')) throw refused('has a name with a backslash', text)
  if (text.startsWith('/') || /^[a-z]:/i.test(text)) throw refused('has an absolute name', text)
  if (Buffer.byteLength(text) > MAX_PATH_BYTES) {
    throw refused(`has a name of more than ${MAX_PATH_BYTES} bytes`, text)
  }
}

function checkNames(names: readonly string[], text: string): void {
  if (names.includes('..')) throw refused("leads out of the pack with '..'", text)
  if (names.includes('.') || names.includes('')) {
    throw refused('has a name that is not in its plain form', text)
  }
  if (names.length > MAX_DEPTH) throw refused(`is more than ${MAX_DEPTH} folders deep`, text)
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    throw refused(`has a name of more than ${MAX_NAME_BYTES} bytes`, text)
  }
}

/** Names that some file system takes for the same have the same key. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase().normalize('NFC')
}

/** Where a link leads, from the top. Refuses what leads out of it. */
export function linkTarget(from: readonly string[], target: string): string[] {
  const way = from.join('/')
  if (target === '' || /[\p{Cc}\p{Cf}\uFFFD\\]/u.test(target))
    throw refused('is a link without a plain target', way)
  if (target.startsWith('/') || /^[a-z]:/i.test(target)) throw refused('is a link to an absolute path', way)
  const at = from.slice(0, -1)
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') at.push(name)
    else if (at.pop() === undefined) throw refused('is a link that leads out of the pack', way)
  }
  return at
}
