import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { monotonicMs } from '../waiting/monotonic.ts'
import { GRACE_MS } from './limits.ts'
import { type AccountIds, signalGroup } from './send-signal.ts'

/** A shell that waits for our death, or for the end of a time that we do not prolong. */
export type DeathWatch = {
  readonly pid: number | undefined
  /** What it watches over may live until then, by the monotonic clock; then it is killed, unless this is said again. */
  hold(until_ms: number): void
  /** To be called when what it watches over is gone, because its number is anybody's from then on. */
  dismiss(): void
}

/** Kills whatever account $1 runs, where there is one. */
const killRest = `[ -n "$1" ] && for status in /proc/[0-9]*/status; do
      while read -r key uid rest; do
        [ "$key" = Uid: ] || continue
        pid="\${status#/proc/}"
        [ "$uid" = "$1" ] && kill -s KILL "\${pid%/status}"
        break
      done < "$status"
    done`

/** What is done about process $0 when this one has died. */
export const onDeath = {
  interrupt: 'kill -s INT "$0"',
  /** The same for its group as we would do ourselves, and for whatever else account $1 runs where there is one. */
  endGroup: `kill -s TERM -- "-$0"; sleep ${GRACE_MS / 1000}; kill -s KILL -- "-$0"
    ${killRest}`,
} as const

/**
 * A line says for how many seconds from now process $0 may live. The next one replaces it; without a next one its group
 * is killed, whether we are dead, stopped or only stuck. No line is left, and no sleep: each ends its predecessor.
 */
const held = `timer=
    while read -r seconds; do
      [ -n "$timer" ] && kill -s TERM "$timer"
      (trap 'kill -s KILL "$sleep"; exit 0' TERM
        sleep "$seconds" & sleep=$!; wait "$sleep"
        kill -s KILL -- "-$0"
        ${killRest}
        kill -s KILL $$) &
      timer=$!
    done`

export type DeathOrder = {
  target: number
  act: (typeof onDeath)[keyof typeof onDeath]
  /** Of which nobody else runs anything. */
  account?: number | undefined
  /** Whom the shell runs as; absent: as this process. */
  identity?: AccountIds | undefined
  trouble(message: string): void
}

/**
 * Ends a process, or its group, when this process ends without having done so, be it by kill -9. A shell waits at the
 * other end of a pipe that only this process holds.
 */
export function watchOwnDeath({ target, act, account, identity, trouble }: DeathOrder): DeathWatch {
  const args = [
    '-c',
    `${held}; ${act}; [ -n "$timer" ] && kill -s TERM "$timer"`,
    String(target),
    String(account ?? ''),
  ]
  const child = spawn('/bin/sh', args, {
    ...(identity && { uid: identity.uid, gid: identity.gid }),
    cwd: '/',
    env: {},
    // In a group of its own, or Ctrl-C in the terminal would end it first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.on('error', ({ message }) =>
    trouble(`process ${target} will outlive process ${process.pid} if that is killed: ${message}`),
  )
  child.stdin?.on('error', () => undefined) // the shell is gone: nothing is written to it anyway
  // Neither the shell nor the pipe to it is a reason for this process to stay.
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return {
    pid: child.pid,
    hold(until_ms) {
      child.stdin?.write(`${Math.max(0, Math.floor((until_ms - monotonicMs()) / 1000))}\n`)
    },
    dismiss() {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL') // with what counts its time
      child.stdin?.destroy()
    },
  }
}
