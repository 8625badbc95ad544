import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * Whether any process is attached to this System V shared memory segment. Where the system does not list its
 * segments the answer is yes: an unneeded refusal is better than two servers on the same files.
 */
export function isAttached(segment: number | undefined): boolean {
  const count = segment === undefined ? undefined : attachments(segmentTable(), segment)
  return count === undefined || count > 0
}

/**
 * How many processes are attached to a segment, 0 when it is gone, undefined when `table` is none. Reads both
 * /proc/sysvipc/shm (Linux) and the output of `ipcs -ma` (macOS), by the names of their columns.
 */
export function attachments(table: string, segment: number): number | undefined {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/))
  const header = rows.find((row) => row.some((name) => name.toLowerCase() === 'nattch'))
  if (header === undefined) return undefined
  const id = header.findIndex((name) => name === 'shmid' || name === 'ID')
  const count = header.findIndex((name) => name.toLowerCase() === 'nattch')
  return Number(rows.find((row) => row[id] === String(segment))?.[count] ?? 0)
}

function segmentTable(): string {
  const path = '/proc/sysvipc/shm'
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : execFileSync('ipcs', ['-ma'], { encoding: 'utf8' })
  } catch {
    return '' // no ipcs: nothing is known of segments
  }
}
