import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Opens a log to write at its end. Logs belong to the group that shares the artifacts, whatever the umask says. */
export function openLog(path: string): number {
  makeFolder(dirname(path))
  const file = openSync(path, 'a', 0o664)
  fchmodSync(file, 0o664)
  return file
}

export function writeLog(path: string, text: string | Uint8Array): void {
  const file = openLog(path)
  try {
    writeFileSync(file, text)
  } finally {
    closeSync(file)
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path)
    chmodSync(path, 0o2775)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
