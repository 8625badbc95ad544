import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

const MAX_BYTES = 10 * 1024 * 1024

/** What the server prints. A file and no pipe: it outlives this process, and whoever reads our output. */
export type ServerLog = { fd: number; close(): void; tail(): string }

/** Opens `<state>/postgres.log` to append to; a big one is set aside as `postgres.log.1`. */
export function openServerLog(state: string): ServerLog {
  const path = join(state, 'postgres.log')
  if (existsSync(path) && statSync(path).size > MAX_BYTES) renameSync(path, `${path}.1`)
  const fd = openSync(path, 'a', 0o600)
  const start = statSync(path).size
  return { fd, close: () => closeSync(fd), tail: () => tail(path, start) }
}

/** The last lines since `start`. */
function tail(path: string, start: number): string {
  return readFileSync(path).subarray(start).toString('utf8').trim().split('\n').slice(-10).join('\n')
}
