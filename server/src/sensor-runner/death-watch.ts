import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

/** SIGTERM to the group, five seconds, SIGKILL: what the host would do itself. */
const SCRIPT = 'read -r line; kill -s TERM -- "-$0"; sleep 5; kill -s KILL -- "-$0"'

/**
 * Ends a sensor's process group when this process ends without having done so, be it by kill -9: otherwise it would go
 * on emitting events beside the copy that the next host starts. A shell waits at the other end of a pipe that only this
 * process holds. The answer dismisses it; call it when the group is gone, because its number is anybody's from then on.
 */
export function watchOverDeath(group: number, trouble: (message: string) => void): () => void {
  const child = spawn('/bin/sh', ['-c', SCRIPT, String(group)], {
    cwd: '/',
    env: {},
    // In a group of its own, or Ctrl-C in the terminal would end it first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.on('error', ({ message }) => trouble(`sensor will outlive this process if it is killed: ${message}`))
  child.stdin.on('error', () => undefined)
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return () => {
    child.kill('SIGKILL')
    child.stdin.destroy()
  }
}
