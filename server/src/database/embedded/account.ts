import { createHash } from 'node:crypto'
import { lchownSync, readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../problem.ts'
import { remedy } from './locate.ts'

/** Whom PostgreSQL runs as. It refuses to run as root. */
export type Account = { uid: number; gid: number }

/** `nobody`, whom every usual Linux knows by name: initdb refuses a uid without a name, the server does not. */
const NOBODY = 65534

/** Ranges that neither distributions nor systemd hand out; the small one is for containers that map 65536 ids. */
const ranges = [
  { from: 1_900_000_000, size: 100_000_000 },
  { from: 60_700, size: 400 },
]

const capabilities = { chown: 0, dac_override: 1, kill: 5, setgid: 6, setuid: 7 }

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * The account for the cluster in `dataDir`: undefined when this process is not root and simply runs it itself,
 * else the owner of what exists, else a numeric one of its own, so that other services that share `nobody` can
 * neither read the data nor signal the server.
 */
export async function accountFor(dataDir: string): Promise<Account | undefined> {
  if (!isRoot()) return undefined
  requireLinux()
  requireCapabilities(readFileSync('/proc/self/status', 'utf8'))
  const owner = await ownerOf(dataDir)
  return owner ?? dedicatedAccount(dataDir, readFileSync('/proc/self/uid_map', 'utf8'))
}

/** Whom initdb runs as for `account`. The group is already the account's own: it opens the way to the folder. */
export function initAccount(account: Account): Account {
  return { uid: NOBODY, gid: account.gid }
}

/** A uid that no other data directory is likely to get and that this user namespace has. */
export function dedicatedAccount(dataDir: string, uidMap: string): Account {
  const number = createHash('sha256').update(dataDir).digest().readUInt32BE(0)
  const uid = ranges.map(({ from, size }) => from + (number % size)).find((id) => isMapped(id, uidMap))
  if (uid === undefined || !isMapped(NOBODY, uidMap)) {
    throw new Problem(
      'SERVICE_UNAVAILABLE',
      `PostgreSQL refuses to run as root, and this user namespace has no other user to run it as. Start as a normal user, or ${remedy}`,
    )
  }
  return { uid, gid: uid }
}

/** Gives the whole tree to `account`, links themselves included. */
export function chownTree(folder: string, { uid, gid }: Account): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(join(entry.parentPath, entry.name), uid, gid)
  }
  lchownSync(folder, uid, gid)
}

/** Fails when the kernel did not leave this root what handling another user's files and processes takes. */
export function requireCapabilities(procStatus: string): void {
  const missing = missingCapabilities(procStatus)
  if (missing.length === 0) return
  throw new Problem(
    'SERVICE_UNAVAILABLE',
    `PostgreSQL refuses to run as root, and this root lacks ${missing.join(', ')}, which running it as another user needs. Start as a normal user, allow these capabilities, or ${remedy}`,
  )
}

/** What handling another user's files and processes takes and this process may not, by a /proc/PID/status. */
export function missingCapabilities(procStatus: string): string[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(procStatus)?.[1] ?? '0'}`)
  return Object.entries(capabilities)
    .filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => `CAP_${name.toUpperCase()}`)
}

function requireLinux(): void {
  if (process.platform === 'linux') return
  throw new Problem(
    'SERVICE_UNAVAILABLE',
    `The embedded PostgreSQL cannot be run by root on ${process.platform}. Start as a normal user, or ${remedy}`,
  )
}

async function ownerOf(path: string): Promise<Account | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid }
}

/** Whether a /proc/PID/uid_map has the number: lines of `first-inside first-outside count`. */
export function isMapped(id: number, uidMap: string): boolean {
  return uidMap.split('\n').some((line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number)
    return first !== undefined && count !== undefined && id >= first && id < first + count
  })
}
