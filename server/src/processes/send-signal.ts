import { spawn } from 'node:child_process'

/** Whom a process runs as. */
export type AccountIds = { uid: number; gid: number }

/** True when the signal reached at least one process of the group; 0 only asks. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  return send(-pid, signal)
}

/**
 * Kills every process of an account, whatever group it has gone to. These one by one, because no signal of theirs reaches
 * us; and by one signal to all that a process of the account sends, because nothing can be forked while the kernel sends
 * it.
 */
export function killAccount({ uid, gid }: AccountIds, pids: readonly number[]): void {
  if (uid === 0 || gid === 0) throw new Error('The processes of root are not ours to end.')
  for (const pid of pids) send(pid, 'SIGKILL')
  const all = spawn('/bin/sh', ['-c', 'kill -s KILL -- -1'], { uid, gid, cwd: '/', env: {}, stdio: 'ignore' })
  all.on('error', () => undefined) // there is another look, and another try
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false // nobody is left
  }
}
