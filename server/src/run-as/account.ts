import { chownSync } from 'node:fs'

/** An account of the system that programs of packs run as: actions, sensors, builds of environments, tests of packs. */
export type ProcessAccount = {
  uid: number
  gid: number
  /** What the program is told as its name. */
  user: string
  /** Nobody else has it at this time, so that whatever runs as it belongs to whoever has it. */
  own: boolean
}

/** What a process is told of who it is, with its private folder. */
export function variablesOf({ user }: ProcessAccount, folder: string): Record<string, string> {
  return { HOME: folder, TMPDIR: folder, USER: user, LOGNAME: user }
}

/** Gives a file that lies where only we may write. */
export function give(path: string, account: ProcessAccount | undefined): void {
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}

/** Makes such a file ours again. */
export function takeBack(path: string): void {
  chownSync(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
}

/** Folders of ours that accounts must get through to what is theirs are passable, and nobody can list them. */
export function passable(account: ProcessAccount | undefined): number {
  return account === undefined ? 0o700 : 0o711
}
