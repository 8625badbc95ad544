import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ProcessAccount, give, takeBack } from '../run-as/account.ts'
import { removeTreeSoon } from '../run-as/remove-tree.ts'

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

  take(account: ProcessAccount | undefined): string {
    const path = this.#free.pop() ?? this.#make()
    give(path, account)
    return path
  }

  giveBack(path: string, account: ProcessAccount | undefined): void {
    if (isReclaimed(path, account)) this.#free.push(path)
    else if (account === undefined) rmSync(path, { recursive: true, force: true, maxRetries: 2 })
    else removeTreeSoon(path)
  }

  #make(): string {
    const path = join(this.#folder, `cwd-${(this.#made += 1)}`)
    mkdirSync(path, { mode: 0o700 })
    return path
  }
}

/** First it is ours again, then it is looked into: what still runs as the account cannot put anything there in between. */
function isReclaimed(path: string, account: ProcessAccount | undefined): boolean {
  if (account === undefined) return isPristine(path)
  takeBack(path)
  if (isPristine(path)) return true
  give(path, account)
  return false
}

function isPristine(path: string): boolean {
  try {
    return readdirSync(path).length === 0 && (statSync(path).mode & 0o7777) === 0o700
  } catch {
    return false // an action may remove the folder it works in
  }
}
