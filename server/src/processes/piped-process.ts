import { Readable, type Writable } from 'node:stream'
import { type DeathWatch, onDeath, watchOwnDeath } from './death-watch.ts'
import { OutputTail } from './output-tail.ts'
import { type GroupEnd, type GroupOrder, type OutputState, ProcessGroup } from './process-group.ts'

export type PipedOrder = GroupOrder & {
  /** Default: it has no standard input. */
  takes_input?: boolean
  /** Until when it may live, by the monotonic clock, unless `hold` is called again. Default: as long as this process. */
  held_until_ms?: number
  /** Told when the group would outlive this process. */
  trouble?(message: string): void
}

/** A group that we read by pipes, and that does not outlive us. */
export type PipedProcess = {
  readonly group: ProcessGroup
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  readonly stderr: Readable
  /** Its output has been read by then, as far as nobody else holds the pipes. */
  readonly ended: Promise<GroupEnd>
  /** It may live until then; whoever does not say so again in time, for whatever reason, loses it. */
  hold(until_ms: number): void
}

export function startPiped(order: PipedOrder): PipedProcess {
  let resolve: (end: GroupEnd) => void
  const ended = new Promise<GroupEnd>((done) => {
    resolve = done
  })
  const stdio = [order.takes_input === true ? 'pipe' : 'ignore', 'pipe', 'pipe'] as const
  const group = new ProcessGroup(order, [...stdio], {
    output: () => stateOf(output),
    ended(end) {
      watch?.dismiss()
      stdin?.destroy()
      // Somebody else may hold the other end. What is here is left to whoever reads it.
      for (const stream of output) if (stream.readableLength === 0) stream.destroy()
      resolve(end)
    },
  })
  const watch = watchFor(group.pid, order)
  // Nobody has made pipes for a process that the system had no room for.
  const stdout = group.process?.stdout ?? Readable.from([])
  const stderr = group.process?.stderr ?? Readable.from([])
  const output = [stdout, stderr]
  for (const stream of output) stream.once('close', () => group.settle())
  const stdin = group.process?.stdin ?? undefined
  stdin?.on('error', () => undefined) // it ended; its end is what counts
  return { group, stdin, stdout, stderr, ended, hold: (until_ms) => watch?.hold(until_ms) }
}

function watchFor(
  target: number | undefined,
  { identity, trouble, held_until_ms }: PipedOrder,
): DeathWatch | undefined {
  if (target === undefined) return undefined
  const watch = watchOwnDeath({
    target,
    act: onDeath.endGroup,
    account: identity?.own === true ? identity.uid : undefined,
    trouble: (message) => trouble?.(message),
  })
  if (held_until_ms !== undefined) watch.hold(held_until_ms)
  return watch
}

export type RunEnd = { end: GroupEnd; stdout: string; stderr: string }

/** Runs a process to its end, and keeps so many bytes of each stream, from its end. */
export async function runPiped(order: PipedOrder & { output_bytes: number }): Promise<RunEnd> {
  const running = startPiped(order)
  const [stdout, stderr] = [running.stdout, running.stderr].map((stream) =>
    tailOf(stream, order.output_bytes),
  )
  const end = await running.ended
  return { end, stdout: stdout?.text() ?? '', stderr: stderr?.text() ?? '' }
}

/** Keeps the end of a stream as it comes. */
export function tailOf(stream: Readable, bytes: number): OutputTail {
  const tail = new OutputTail(bytes)
  stream.on('data', (chunk: Buffer) => tail.add(chunk))
  return tail
}

function stateOf(streams: readonly Readable[]): OutputState {
  const open = streams.filter((stream) => !stream.closed)
  if (open.length === 0) return 'closed'
  return open.some((stream) => stream.readableLength > 0) ? 'unread' : 'open'
}
