import { spawn } from 'node:child_process'
import type { Account } from './account.ts'

/**
 * Kills every process of an account that is nobody else's. These one by one, because no signal of theirs reaches us; and
 * by one signal to all that a process of the account sends, because nothing can be forked while the kernel sends it.
 */
export function endAll({ uid, gid, own }: Account, pids: readonly number[]): void {
  if (!own || uid === 0 || gid === 0) throw new Error(`The processes of uid ${uid} are not ours to end.`)
  for (const pid of pids) kill(pid)
  const all = spawn('/bin/sh', ['-c', 'kill -s KILL -- -1'], { uid, gid, cwd: '/', env: {}, stdio: 'ignore' })
  all.on('error', () => undefined) // there is another look, and another try
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
