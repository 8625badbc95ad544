import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../problem.ts'
import { errorCode } from './error-code.ts'
import { takePidLock } from './pid-lock.ts'

export type HomeLock = { release(): Promise<void> }

/**
 * Makes this process the one that uses the data folder `home` (created if need be), until `release`. Refuses
 * with CONFLICT, naming the other process, while that one lives; a lock left by a crash does not stand in the way.
 */
export async function lockHome(home: string): Promise<HomeLock> {
  await makeHome(home)
  return lockWithin(home, join(home, 'attune.pid'))
}

/** Creates the data folder. As root it stays passable, because PostgreSQL runs as another user below it. */
export async function makeHome(home: string): Promise<void> {
  try {
    const root = process.getuid?.() === 0
    const created = await mkdir(home, { recursive: true, mode: root ? 0o711 : 0o700 })
    // The process's umask may have taken the o+x away again.
    if (created !== undefined && root) await chmod(home, 0o711)
  } catch (error) {
    throw explain(error, home)
  }
}

/** Takes the lock file `path`, which lies somewhere in `home`; refuses as `lockHome` does. */
export async function lockWithin(home: string, path: string): Promise<HomeLock> {
  const lock = await takePidLock(path).catch((error: unknown) => {
    throw explain(error, home)
  })
  if (lock.kind === 'refused') {
    throw new Problem(
      'CONFLICT',
      `${home} is in use by another Attune (process ${lock.owner ?? 'unknown'}); stop that one or start this one with another ATTUNE_HOME.`,
    )
  }
  return { release: async () => lock.release() }
}

function explain(error: unknown, home: string): unknown {
  if (!['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) return error
  return new Problem(
    'FORBIDDEN',
    `${home} cannot be written (${errorCode(error)}); start as the user it belongs to or set ATTUNE_HOME to a folder of your own.`,
  )
}
