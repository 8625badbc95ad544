import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '../../problem.ts'
import { isRoot } from './account.ts'
import { errorCode } from './error-code.ts'
import { remedy } from './locate.ts'

const SYSTEM_STATE = '/var/lib/attune'

/** The folder in `home` for the password, the lock and, as far as possible, everything else. */
export async function controlFolder(home: string): Promise<string> {
  const control = join(home, 'postgres')
  await makeFolder(control)
  return control
}

/** Where in the state folder the cluster is. */
export function dataFolder(state: string): string {
  return join(state, 'data')
}

/**
 * The folder of the cluster and of its binaries: `<home>/postgres`, unless root runs the program and another
 * user cannot get there, as below /root. Then it is a system folder, remembered in `<home>/postgres/location`.
 */
export async function stateFolder(control: string, log: (message: string) => void): Promise<string> {
  const remembered = rememberedFolder(control)
  if (remembered !== undefined) return remembered
  if (!isRoot()) return control
  const barrier = findBarrier(
    control,
    existsSync(dataFolder(control)) ? statSync(dataFolder(control)).uid : undefined,
  )
  if (barrier === undefined) return control
  if (existsSync(dataFolder(control))) throw unreachable(barrier, dataFolder(control))
  return makeSystemFolder(control, barrier, log)
}

/** The first folder on the way to `path` that a user may not pass who owns nothing of it, or only what `uid` owns. */
export function findBarrier(path: string, uid?: number): string | undefined {
  const parent = dirname(path)
  const above = parent === path ? undefined : findBarrier(parent, uid)
  if (above !== undefined) return above
  const { mode, uid: owner } = statSync(path)
  const bit = owner === uid ? 0o100 : 0o001
  return (mode & bit) === 0 ? path : undefined
}

function rememberedFolder(control: string): string | undefined {
  const pointer = join(control, 'location')
  if (!existsSync(pointer)) return undefined
  const folder = readFileSync(pointer, 'utf8').trim()
  if (existsSync(folder)) return folder
  throw new Problem(
    'SERVICE_UNAVAILABLE',
    `The database of ${dirname(control)} was kept in ${folder}, which does not exist. Restore it, or delete ${pointer} to begin with an empty database.`,
  )
}

async function makeSystemFolder(
  control: string,
  barrier: string,
  log: (message: string) => void,
): Promise<string> {
  try {
    await makeFolder(SYSTEM_STATE)
    const closed = findBarrier(SYSTEM_STATE)
    if (closed !== undefined) throw unreachable(closed, SYSTEM_STATE)
    const folder = await makeUnusedFolder(control)
    const pointer = join(control, 'location')
    await writeFile(`${pointer}.tmp`, `${folder}\n`, { mode: 0o600 })
    await rename(`${pointer}.tmp`, pointer)
    log(`${barrier} is closed to the user that PostgreSQL runs as; its data is kept in ${folder}.`)
    return folder
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    throw unreachable(barrier, SYSTEM_STATE, error)
  }
}

/** A folder named after the home. One that exists belonged to a home that was deleted, and is left alone. */
async function makeUnusedFolder(control: string): Promise<string> {
  const name = createHash('sha256').update(control).digest('hex').slice(0, 16)
  for (let number = 1; ; number += 1) {
    const folder = join(SYSTEM_STATE, number === 1 ? name : `${name}-${number}`)
    if (existsSync(folder)) continue
    await mkdir(folder)
    await chmod(folder, 0o711)
    return folder
  }
}

/** Root's folders are passable, because the server must get through to its own; nobody can list them. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return
  await mkdir(path, { recursive: true })
  await chmod(path, isRoot() ? 0o711 : 0o700)
}

function unreachable(barrier: string, folder: string, cause?: unknown): Problem {
  const problem = new Problem(
    'SERVICE_UNAVAILABLE',
    `PostgreSQL refuses to run as root, and another user cannot pass ${barrier} to ${folder}${cause instanceof Error ? ` (${cause.message})` : ''}. Allow it (chmod o+x), set ATTUNE_HOME to a folder that everyone can pass to, start as a normal user, or ${remedy}`,
  )
  problem.cause = cause
  return problem
}
