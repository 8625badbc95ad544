import { readFileSync, renameSync, rmSync, statSync, writeFileSync, linkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatProcessId, identify, isAlive, parseProcessId } from '../../processes/process-identity.ts'
import { errorCode } from './error-code.ts'

/** How long a file without readable content may be one that its maker is just writing. */
const YOUNG_MS = 1000

export type PidLock =
  | { kind: 'held'; release(): void }
  /** Someone else has it; undefined when the file does not say who. */
  | { kind: 'refused'; owner: number | undefined }

/**
 * Makes this process the owner of the lock file `path`, which must lie in an existing directory. A file whose
 * owner has died, however it died, is replaced: the owner is told apart from a later process with the same pid
 * by its start time. Taking the same lock twice in one process is refused as well.
 */
export async function takePidLock(path: string): Promise<PidLock> {
  const mine = formatProcessId(identify(process.pid))
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (create(path, mine)) return { kind: 'held', release: () => removeIfStill(path, mine) }
    const found = read(path)
    if (found === undefined) continue
    const owner = parseProcessId(found.text)
    if (owner !== undefined && isAlive(owner)) return { kind: 'refused', owner: owner.pid }
    if (owner === undefined && found.age < YOUNG_MS) await sleep(20)
    else removeIfStill(path, found.text)
  }
  return { kind: 'refused', owner: undefined }
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

function read(path: string): { text: string; age: number } | undefined {
  try {
    return { text: readFileSync(path, 'utf8'), age: Date.now() - statSync(path).mtimeMs }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Removes the lock file only if it still holds `text`. It is first moved aside, because between a look and an
 * unlink another starter may have replaced a stale file by its own; that one is put back.
 */
function removeIfStill(path: string, text: string): void {
  const aside = `${path}.${process.pid}.aside`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(errorCode(error) ?? '')) throw error
  } finally {
    rmSync(aside, { force: true })
  }
}
