import { chmodSync, lchownSync, lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { ProcessAccount } from './account.ts'

/**
 * Gives a tree that is ours to an account. A file with a second name is left: what was written by an account before may
 * be a name of somebody else's file.
 */
export function giveTree(path: string, account: ProcessAccount | undefined): void {
  if (account === undefined) return
  const mine = process.getuid?.() ?? 0
  forEach(path, (entry, { uid, nlink, isDirectory }) => {
    if (uid === mine && (isDirectory || nlink === 1)) lchownSync(entry, account.uid, account.gid)
  })
}

/**
 * Takes a tree back from an account of which nothing lives any more, and leaves it as what others may read and nobody
 * but we may change. What is not the account's in it is left as it is.
 */
export function takeTreeBack(path: string, account: ProcessAccount | undefined): void {
  if (account?.own !== true) return
  forEach(path, (entry, { uid, mode, isSymbolicLink }) => {
    if (uid !== account.uid) return
    lchownSync(entry, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
    if (!isSymbolicLink) chmodSync(entry, readable(mode))
  })
}

type Found = Pick<Stats, 'uid' | 'mode' | 'nlink'> & { isDirectory: boolean; isSymbolicLink: boolean }

function forEach(path: string, act: (entry: string, found: Found) => void): void {
  const stats = lstatSync(path)
  const found = {
    uid: stats.uid,
    mode: stats.mode,
    nlink: stats.nlink,
    isDirectory: stats.isDirectory(),
    isSymbolicLink: stats.isSymbolicLink(),
  }
  if (found.isDirectory) for (const name of readdirSync(path)) forEach(join(path, name), act)
  act(path, found)
}

/** As its owner may, without writing, and without the bits that make a program run as its owner. */
function readable(mode: number): number {
  const own = mode & 0o700
  return own | ((own & 0o500) >> 3) | ((own & 0o500) >> 6)
}
