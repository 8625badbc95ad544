import { readdirSync, readFileSync, statSync } from 'node:fs'

/** The processes that live, by the accounts that they run as. Root's are left out. */
export function livingByUid(): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    for (const uid of uidsOf(name)) found.set(uid, [...(found.get(uid) ?? []), Number(name)])
  }
  return found
}

/**
 * The folder of a process belongs to whom it runs as, or to root: zombies, and processes that have hidden themselves, as
 * any may (PR_SET_DUMPABLE). Only of those more has to be read.
 */
function uidsOf(pid: string): number[] {
  try {
    const { uid } = statSync(`/proc/${pid}`)
    return uid === 0 ? uidsIn(readFileSync(`/proc/${pid}/status`, 'utf8')) : [uid]
  } catch {
    return [] // it is gone
  }
}

/** The accounts in a /proc/PID/status; none of a process that is dead. */
export function uidsIn(status: string): number[] {
  if (/^State:\s+[ZX]/m.test(status)) return []
  const ids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number) ?? []
  return [...new Set(ids)].filter((uid) => uid !== 0)
}
