import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { GRACE_MS } from './limits.ts'
import type { Identity } from './signal.ts'

/** A shell that waits for our death. */
export type DeathWatch = {
  readonly pid: number | undefined
  /** To be called when what it watches over is gone, because its number is anybody's from then on. */
  dismiss(): void
}

/** What is done about $0 when this process has died. */
export const onDeath = {
  /** What we would do ourselves. */
  endGroup: `kill -s TERM -- "-$0"; sleep ${GRACE_MS / 1000}; kill -s KILL -- "-$0"`,
  interruptProcess: 'kill -s INT "$0"',
} as const

/**
 * Ends a process, or its group, when this process ends without having done so, be it by kill -9. A shell waits at the
 * other end of a pipe that only this process holds.
 */
export function watchOwnDeath(
  target: number,
  act: (typeof onDeath)[keyof typeof onDeath],
  { identity, trouble }: { identity: Identity | undefined; trouble(message: string): void },
): DeathWatch {
  const child = spawn('/bin/sh', ['-c', `read -r line; ${act}`, String(target)], {
    ...(identity && { uid: identity.uid, gid: identity.gid }),
    cwd: '/',
    env: {},
    // In a group of its own, or Ctrl-C in the terminal would end it first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.on('error', ({ message }) => trouble(`it will outlive this process if that is killed: ${message}`))
  child.stdin?.on('error', () => undefined) // the shell is gone: nothing is written to it anyway
  // Neither the shell nor the pipe to it is a reason for this process to stay.
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return {
    pid: child.pid,
    dismiss() {
      child.kill('SIGKILL')
      child.stdin?.destroy()
    },
  }
}
