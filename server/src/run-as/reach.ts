import { accessSync, constants, lstatSync, readlinkSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { ProcessAccount } from './account.ts'

const bits = { read: 4, execute: 1 }
const flags = { read: constants.R_OK, execute: constants.X_OK }
/** More links than this on the way to a file are a circle, for the kernel too. */
const MAX_LINKS = 40

/** Whether whoever runs as the account may read or execute the file. Lists beyond the mode (ACLs) are not looked at. */
export function may(what: 'read' | 'execute', path: string, account: ProcessAccount | undefined): boolean {
  try {
    if (account === undefined) accessSync(path, flags[what])
    return (
      account === undefined || (barrierTo(path, account) === undefined && allows(path, bits[what], account))
    )
  } catch {
    return false // not there, or not for this process
  }
}

/** The first folder on the way to `path`, and to whatever it links to, that the account may not pass. Throws when it is not there. */
export function barrierTo(path: string, account: ProcessAccount, links = 0): string | undefined {
  const folder = dirname(path)
  if (folder === path) return undefined
  const above = barrierTo(folder, account, links)
  if (above !== undefined) return above
  if (!allows(folder, bits.execute, account)) return folder
  if (!lstatSync(path).isSymbolicLink()) return undefined
  if (links >= MAX_LINKS) return path
  return barrierTo(resolve(folder, readlinkSync(path)), account, links + 1)
}

function allows(path: string, bit: number, { uid, gid }: ProcessAccount): boolean {
  const found = statSync(path)
  const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0
  return (found.mode & (bit << shift)) !== 0
}
