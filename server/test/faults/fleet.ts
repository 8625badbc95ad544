import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemberName } from './plan.ts'

const main = createRequire(import.meta.url).resolve('@attune/server/dist/main.js')

/** One process of the real program, and every process that has had its name. */
type Member = {
  name: MemberName
  child: ChildProcess | undefined
  /** Counts the processes of this name. */
  generation: number
  /** The name that its rows carry: a replacement that starts beside it has another. */
  known_as: string
  /** Where in the log its present process begins. */
  log_from: number
  /** Milliseconds by which its clock is off. */
  clock_ms: number
  /** It is meant to run: an end that nobody asked for is followed by a new process. */
  wanted: boolean
}

type FleetOptions = {
  /** Homes and logs of the processes. */
  folder: string
  env: Readonly<Record<string, string>>
  api_port: number
  members: readonly { name: MemberName; roles: string }[]
}

export type Fleet = {
  names: readonly MemberName[]
  /** Ends that nobody asked for, as sentences: a process that could not start and is started again, for example. */
  ends: string[]
  /** Ends by an exception that nobody caught, with its message. */
  crashes(): string[]
  start(name: MemberName, clock_ms?: number): void
  /** Sends a signal and waits for the end; a process that does not end in time is killed. */
  end(name: MemberName, signal: 'SIGTERM' | 'SIGKILL', withinMs?: number): Promise<void>
  /** Stops a process, with all that it started or alone; the answer lets the same processes go on. */
  hold(name: MemberName, what: 'alone' | 'with_children'): () => void
  /** Waits until a worker says that it is ready; other processes may be replaced at any time. */
  up(name: MemberName): Promise<void>
  /** Takes the present process out, still running, so that a new one can be started beside it. */
  detach(name: MemberName): Member
  endMember(member: Member, signal: 'SIGTERM' | 'SIGKILL', withinMs?: number): Promise<void>
  /** Runs work on one process at a time. */
  exclusively<T>(names: readonly MemberName[], work: () => Promise<T>): Promise<T>
  endAll(): Promise<void>
  /** The names that rows carry of the processes that are there now. */
  knownAs(): string[]
  logTail(name: string, lines: number): string
  logs(): string[]
}

const RESTART_MS = 300
/** A little longer than the program gives its actions at a stop. */
const STOP_MS = 12_000

export function createFleet(options: FleetOptions): Fleet {
  mkdirSync(options.folder, { recursive: true })
  const memberNames = options.members.map(({ name }) => name)
  const current = new Map<MemberName, Member>()
  const turns = new Map<MemberName, Promise<unknown>>()
  const ends: string[] = []
  const all = new Set<Member>()

  function launch(member: Member): void {
    member.generation += 1
    member.wanted = true
    const started = Date.now()
    member.log_from = sizeOf(logFile(options, member.name))
    const child = spawnMember(member, options)
    member.child = child
    child.once('exit', (code, signal) => {
      if (!member.wanted || member.child !== child) return
      ends.push(
        `${member.name} ended by itself after ${Date.now() - started} ms: ${signal ?? `exit code ${code}`}`,
      )
      setTimeout(() => {
        if (member.wanted && member.child === child) launch(member)
      }, RESTART_MS)
    })
  }
  function memberOf(name: MemberName): Member {
    const member = current.get(name)
    if (member === undefined) throw new Error(`${name} has not been started.`)
    return member
  }
  async function endMember(member: Member, signal: 'SIGTERM' | 'SIGKILL', withinMs = STOP_MS): Promise<void> {
    member.wanted = false
    const { child } = member
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    const timer = setTimeout(() => {
      ends.push(`${member.name} did not end within ${withinMs} ms of ${signal}`)
      child.kill('SIGKILL')
    }, withinMs)
    await exited
    clearTimeout(timer)
  }
  return {
    names: memberNames,
    ends,
    crashes: () =>
      memberNames.flatMap((name) => crashesIn(name, readFileSync(logFile(options, name), 'utf8'))),
    start(name, clock_ms = 0) {
      const before = current.get(name)
      const member: Member = before ?? {
        name,
        known_as: name,
        child: undefined,
        generation: 0,
        log_from: 0,
        clock_ms,
        wanted: true,
      }
      member.clock_ms = clock_ms
      current.set(name, member)
      all.add(member)
      launch(member)
    },
    end: (name, signal, withinMs) => endMember(memberOf(name), signal, withinMs),
    hold(name, what) {
      const pid = memberOf(name).child?.pid
      const held = pid === undefined ? [] : what === 'alone' ? [pid] : familyOf(pid)
      for (const one of held) sendSignal(one, 'SIGSTOP')
      return () => {
        for (const one of held) sendSignal(one, 'SIGCONT')
      }
    },
    async up(name) {
      const deadline = Date.now() + STOP_MS
      while (!isUp(memberOf(name), options) && Date.now() < deadline) {
        await sleep(50)
      }
    },
    detach(name) {
      const member = memberOf(name)
      current.set(name, { ...member, known_as: `${name}-${member.generation + 1}`, child: undefined })
      return member
    },
    endMember,
    async exclusively(names, work) {
      const before = names.map((name) => turns.get(name) ?? Promise.resolve())
      const turn = Promise.all(before).then(work)
      const settled = turn.catch(() => undefined)
      for (const name of names) turns.set(name, settled)
      return turn
    },
    endAll: async () =>
      void (await Promise.all([...all, ...current.values()].map((member) => endMember(member, 'SIGTERM')))),
    knownAs: () => [...current.values()].map(({ known_as }) => known_as),
    logTail: (name, lines) =>
      readFileSync(logFile(options, name), 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
    logs: () => memberNames.map((name) => logFile(options, name)),
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function isUp({ name, log_from }: Member, options: FleetOptions): boolean {
  const roles = options.members.find((member) => member.name === name)?.roles ?? ''
  const log = readFileSync(logFile(options, name)).subarray(log_from)
  return !roles.includes('worker') || log.includes('"worker ready"')
}

/** A process and all below it, where /proc tells. Those that begin meanwhile are missed, as a parent is stopped first. */
function familyOf(pid: number): number[] {
  const below = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
  return [pid, ...below.flatMap((name) => familyOf(Number(name)))]
}

function parentOf(pid: string): number | undefined {
  try {
    const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(/\) /)
    return Number(after.split(' ')[1])
  } catch {
    return undefined // it has ended
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it has ended
  }
}

/** Node ends with its version after an exception that nobody caught. */
function crashesIn(name: string, log: string): string[] {
  return log
    .split(/^Node\.js v[\d.]+$/m)
    .slice(0, -1)
    .map((before) => `${name}: ${/^\w*[Ee]rror.*$/m.exec(before.slice(-4000))?.[0] ?? 'an exception'}`)
}

function logFile({ folder }: FleetOptions, name: string): string {
  return join(folder, `${name}.log`)
}

function spawnMember(member: Member, options: FleetOptions): ChildProcess {
  const roles = options.members.find(({ name }) => name === member.name)?.roles ?? ''
  const home = join(options.folder, 'homes', member.known_as)
  mkdirSync(home, { recursive: true })
  const log = openSync(logFile(options, member.name), 'a')
  const child = spawn(
    process.execPath,
    [
      ...clockShift(member.clock_ms),
      main,
      '--roles',
      roles,
      ...(roles === 'api' ? ['--port', String(options.api_port)] : []),
    ],
    {
      cwd: home,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        ATTUNE_HOME: home,
        ...(roles.includes('worker') ? { ATTUNE__WORKER__NAME: member.known_as } : {}),
        ...(roles.includes('sensor') ? { ATTUNE__SENSOR__WORKER_NAME: member.known_as } : {}),
        ...options.env,
      },
      stdio: ['ignore', log, log],
    },
  )
  closeSync(log)
  return child
}

/** Shifts what a process takes for the time; how long something takes stays true. */
function clockShift(shiftMs: number): string[] {
  if (shiftMs === 0) return []
  const script = `const real = Date
    globalThis.Date = new Proxy(real, {
      construct: (_, args) => (args.length === 0 ? new real(real.now() + ${shiftMs}) : new real(...args)),
      apply: () => new real(real.now() + ${shiftMs}).toString(),
      get: (_, key) => (key === 'now' ? () => real.now() + ${shiftMs} : Reflect.get(real, key)),
    })`
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
}
