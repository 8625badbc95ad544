import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Empty folders for processes to work in. One that comes back empty and unchanged is used again, because making
 * and removing a folder for each process costs more than the rest of its bookkeeping.
 */
export class FolderPool {
  readonly #folder: string
  readonly #free: string[] = []
  #made = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  take(): string {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const path = join(this.#folder, `cwd-${(this.#made += 1)}`)
    mkdirSync(path, { mode: 0o700 })
    return path
  }

  giveBack(path: string): void {
    if (isPristine(path)) this.#free.push(path)
    else rmSync(path, { recursive: true, force: true, maxRetries: 2 })
  }
}

function isPristine(path: string): boolean {
  try {
    return readdirSync(path).length === 0 && (statSync(path).mode & 0o7777) === 0o700
  } catch {
    return false // an action may remove the folder it works in
  }
}
