import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeHome } from '../database/embedded/home-lock.ts'
import { Problem } from '../problem.ts'
import type { ProcessAccount } from './account.ts'
import { may } from './reach.ts'

const SYSTEM_STATE = '/var/lib/attune'

/**
 * Where to keep what accounts must get through to: the home, or a system folder where they cannot pass to it, as below
 * /root. Undefined when there is no such folder.
 */
export async function passableFolder(
  home: string,
  judge: ProcessAccount | undefined,
): Promise<string | undefined> {
  await makeHome(home)
  if (judge === undefined) return home
  pass(home)
  if (may('execute', home, judge)) return home
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  const folder = join(SYSTEM_STATE, `run-${name}`)
  try {
    for (const path of [SYSTEM_STATE, folder]) {
      mkdirSync(path, { recursive: true })
      requireOurs(path)
      chmodSync(path, 0o711)
    }
    return may('execute', folder, judge) ? folder : undefined
  } catch (error) {
    if (error instanceof Problem) throw error
    return undefined
  }
}

/** A home of ours may be passed: what nobody else is to see in it is closed itself. */
function pass(home: string): void {
  const { mode, uid } = statSync(home)
  if (uid === process.getuid?.()) chmodSync(home, (mode & 0o7777) | 0o011)
}

function requireOurs(path: string): void {
  const found = lstatSync(path)
  if (found.isDirectory() && found.uid === process.getuid?.()) return
  throw new Problem(
    'FORBIDDEN',
    `${path} is not a folder of ours; remove it, or set ATTUNE_HOME to another place.`,
  )
}

/**
 * Closes what lies open in the home: its files, among them every secret, to all but us, and the home itself to
 * others' writing. Answers what was changed. Folders are closed by who keeps something in them.
 */
export function closeHome(home: string): string[] {
  const files = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isFile())
  const closed = files.map(({ name }) => join(home, name)).filter((path) => narrow(path, 0o077))
  const { mode } = statSync(home)
  const sticky = (mode & 0o1000) !== 0 // a folder for everybody, such as /tmp: not ours to change
  return !sticky && narrow(home, 0o022) ? [...closed, home] : closed
}

/**
 * Closes a file that secrets are read from to everybody whose programs we run. Where that cannot be done they would read
 * them: then nothing starts.
 */
export function closeSecrets(path: string, judge: ProcessAccount): boolean {
  if (!may('read', path, judge)) return false
  try {
    chmodSync(path, statSync(path).mode & 0o7770)
  } catch (error) {
    throw readable(path, `that could not be changed (${String(error)})`)
  }
  if (may('read', path, judge)) throw readable(path, 'closing it to others does not change that')
  return true
}

function readable(path: string, why: string): Problem {
  return new Problem(
    'FORBIDDEN',
    `${path} can be read by what actions run as, and ${why}. Give it the mode 0600 (defaultMode: 0400 for a volume of Kubernetes), or set run_as to self.`,
  )
}

/** Takes these bits away; true when there were any. What is somebody else's stays. */
function narrow(path: string, bits: number): boolean {
  const { mode, uid } = statSync(path)
  if ((mode & bits) === 0 || uid !== process.getuid?.()) return false
  chmodSync(path, mode & 0o7777 & ~bits)
  return true
}
