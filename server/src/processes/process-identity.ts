import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'

/** What the operating system says about one process. */
export type ProcessFacts = {
  /** Differs between two processes that had the same pid one after the other, also across a reboot. */
  mark: string
  /** It has ended and only waits for its parent to ask how. */
  zombie: boolean
  /** The command line, arguments joined by spaces. */
  command: string
}

/** The process that has this pid now, or undefined. */
export function findProcess(pid: number): ProcessFacts | undefined {
  return existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid)
}

/** A pid and the mark of the process it meant, as one line of a file each. */
export type ProcessId = { pid: number; mark: string }

/** The identity of a process that is known to run. */
export function identify(pid: number): ProcessId {
  return { pid, mark: findProcess(pid)?.mark ?? '' }
}

/** Where pids mean what they mean here: containers of one machine do not see each other's processes. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return '' // one for the whole machine
  }
}

/** True while that very process runs; false for a zombie and for a successor with the same pid. */
export function isAlive({ pid, mark }: ProcessId): boolean {
  const found = findProcess(pid)
  return found !== undefined && !found.zombie && found.mark === mark
}

/** The text of a pid file: the pid alone on the first line, so that `kill $(head -1 file)` works. */
export function formatProcessId({ pid, mark }: ProcessId): string {
  return `${pid}\n${mark}\n`
}

/** Reads what `formatProcessId` wrote; undefined for anything else, such as a file cut short by a power failure. */
export function parseProcessId(text: string): ProcessId | undefined {
  const [first = '', mark, end] = text.split('\n')
  if (!/^[1-9]\d*$/.test(first) || mark === undefined || end === undefined) return undefined
  return { pid: Number(first), mark }
}

function fromProc(pid: number): ProcessFacts | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const boot = readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  return {
    mark: `${boot}/${fields[19] ?? ''}`,
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    command: (readOrUndefined(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' '),
  }
}

/** Where there is no /proc, as on macOS. Start times have a resolution of a second there, which is enough. */
function fromPs(pid: number): ProcessFacts | undefined {
  return parsePs(psLine(pid))
}

/** Reads `ps -o stat=,lstart=,command=`. */
export function parsePs(line: string): ProcessFacts | undefined {
  const match = /^\s*(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]{8}\s+\d{4})\s*(.*)$/m.exec(line)
  if (match === null) return undefined
  const [, state = '', mark = '', command = ''] = match
  return { mark, zombie: state.startsWith('Z'), command: `${command} ` }
}

function psLine(pid: number): string {
  try {
    return execFileSync('ps', ['-ww', '-o', 'stat=,lstart=,command=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    // ps exits with 1 when there is no such process.
    return ''
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // there is no such process
  }
}
