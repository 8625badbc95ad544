import { refused } from './archive-entry.ts'

/** What an extended header says, by key. */
export type PaxRecords = ReadonlyMap<string, string>

/**
 * Reads the records of an extended header, `length key=value\n` each. The length rules, not the line break: a value
 * may hold one, and a reader that went by lines would see other records than this one.
 */
export function parsePax(block: Buffer): PaxRecords {
  const records = new Map<string, string>()
  for (let at = 0; at < block.length; ) {
    const space = block.indexOf(0x20, at)
    const digits = block.toString('latin1', at, space)
    const length = /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : 0
    const record = block.subarray(space + 1, at + length)
    const equals = record.indexOf(0x3d)
    if (space < 0 || equals < 1 || at + length > block.length || record.at(-1) !== 0x0a) {
      throw refused('has an extended header that cannot be read')
    }
    const key = record.toString('utf8', 0, equals)
    if (records.has(key)) throw refused(`has an extended header that says '${key}' twice`)
    records.set(key, record.toString('utf8', equals + 1, record.length - 1))
    at += length
  }
  return records
}
