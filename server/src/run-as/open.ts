import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { isMapped, isRoot, missingCapabilities } from '../database/embedded/account.ts'
import { Problem } from '../problem.ts'
import type { ProcessAccount } from './account.ts'
import { type AccountPool, asOne, asSelf, AccountLender } from './lend.ts'
import { may } from './reach.ts'
import { parseRunAs } from './setting.ts'
import { automaticSpace, blockOf, blocksFor, type AccountSpace, spaceOf } from './space.ts'

/** How programs of packs run here. `shared` says why they are not kept apart from this process, where that needs saying. */
export type OpenedAccounts = { accounts: AccountPool; shared: string | undefined }

/** Opens what the setting asks for. What it asks for and this process cannot do is refused; `auto` falls back and says so. */
export async function openAccounts(setting: string, name: string): Promise<OpenedAccounts> {
  const run_as = parseRunAs(setting)
  switch (run_as?.kind) {
    case undefined:
      throw refused(`'${setting}' is none of auto, self, a user, a uid and a range such as 70000-70999`)
    case 'self':
      return { accounts: asSelf, shared: isRoot() ? 'run_as is self' : undefined }
    case 'user':
      return { accounts: asUser(run_as.name), shared: undefined }
    case 'range':
      return { accounts: await lendOf(run_as, name), shared: undefined }
    case 'auto':
      return isRoot() ? automatic(name) : { accounts: asSelf, shared: undefined }
  }
}

async function lendOf(range: { from: number; to: number }, name: string): Promise<AccountPool> {
  const setting = `${range.from}-${range.to}`
  const obstacle = obstacleAsRoot() ?? notMapped(range) ?? takenIn(range)
  if (obstacle !== undefined) throw refused(`it cannot be ${setting}, because ${obstacle}`)
  const accounts = await lend(spaceOf(range.from, range.to), name)
  if (accounts === undefined) throw refused(`all of ${setting} is in use by other processes of Attune`)
  return accounts
}

async function automatic(name: string): Promise<OpenedAccounts> {
  const obstacle = obstacleAsRoot()
  const space = obstacle === undefined ? automaticSpace(procFile('uid_map')) : undefined
  if (space === undefined)
    return { accounts: asSelf, shared: obstacle ?? 'this user namespace has no numbers for other accounts' }
  const accounts = await lend(space, name)
  if (accounts === undefined) return { accounts: asSelf, shared: 'no numbers for accounts are left' }
  if (may('execute', process.execPath, accounts.judge)) return { accounts, shared: undefined }
  await accounts.close()
  return {
    accounts: asSelf,
    shared: `other accounts cannot reach ${process.execPath}, which core sensors run by; install Node where everybody may run it`,
  }
}

function obstacleAsRoot(): string | undefined {
  if (!isRoot()) return 'only root can start processes as others'
  if (process.platform !== 'linux') return 'this takes Linux'
  const missing = missingCapabilities(procFile('status'))
  return missing.length === 0 ? undefined : `this root lacks ${missing.join(', ')}`
}

function notMapped({ from, to }: { from: number; to: number }): string | undefined {
  const map = procFile('uid_map')
  return isMapped(from, map) && isMapped(to, map) ? undefined : 'this user namespace lacks those numbers'
}

/** All processes of an account that is lent are killed when it comes back: it must be nobody's. */
function takenIn({ from, to }: { from: number; to: number }): string | undefined {
  const taken = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , uid]) => uid !== undefined && Number(uid) >= from && Number(uid) <= to)
  return taken === undefined ? undefined : `${taken[0]} has a number of that range`
}

/** One account for everything. Whoever we are already takes no change. */
function asUser(name: string): AccountPool {
  const [uid, gid] = [idOf('-u', name), idOf('-g', name)]
  if (uid === undefined || gid === undefined) throw refused(`this machine knows no user ${name}`)
  if (uid === process.getuid?.()) return asSelf
  const obstacle = obstacleAsRoot()
  if (obstacle !== undefined) throw refused(`it cannot be ${name}, because ${obstacle}`)
  if (uid === 0 || gid === 0) throw refused(`${name} is root, or in its group`)
  const user = /^\d+$/.test(name) ? `attune-${name}` : name
  return asOne({ uid, gid, user, own: false } satisfies ProcessAccount)
}

/** A number that belongs to nobody is its own group. */
function idOf(kind: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [kind, '--', name], { encoding: 'utf8' })
  if (status === 0) return Number(stdout)
  return /^\d+$/.test(name) ? Number(name) : undefined
}

/** The first block that no other process of this machine has; undefined when there is none. */
async function lend(space: AccountSpace, name: string): Promise<AccountLender | undefined> {
  for (const index of blocksFor(space, name)) {
    const uids = blockOf(space, index)
    const release = await reserve(`attune-accounts-${uids[0]}`)
    if (release !== undefined) return new AccountLender(uids, release)
  }
  return undefined
}

/**
 * A name that one process of a machine can have, and has no longer than it lives: a socket without a file, which nobody
 * connects to.
 */
function reserve(name: string): Promise<(() => void) | undefined> {
  const server = createServer((stranger) => stranger.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { code?: string }) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(`\0${name}`, () => resolve(() => void server.close()))
    server.unref()
  })
}

function procFile(name: string): string {
  return readFileSync(`/proc/self/${name}`, 'utf8')
}

function refused(why: string): Problem {
  return new Problem('VALIDATION_ERROR', `run_as: ${why}.`)
}
