import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PackLimits } from '../archive/archive-entry.ts'
import { packRoot, withinReason } from '../archive/unpack-archive.ts'
import { type GitRun, runGit, startGit } from './git-command.ts'
import { checkedGitRef, type GitRemote, type GitRules, parseRemote } from './git-remote.ts'
import { type ResolvedAddress, allowedAddresses, type ResolveHost } from './resolve-host.ts'
import { tarEntries } from '../archive/tar-entries.ts'
import { unpack } from '../archive/write-entries.ts'

export type GitFetch = {
  remote: string
  /** A branch, a tag or a commit; undefined for what the repository takes for its main one. */
  ref: string | undefined
  /** An empty folder: the repository and the pack are made in it. */
  folder: string
  rules: GitRules & { timeout_seconds: number; resolve: ResolveHost }
  limits: PackLimits
  /** Where programs are looked for instead. */
  path?: string
}

const FETCHED = 'refs/attune/pack'

/**
 * Whatever the repository says of its files, they are taken as they are: no filter, no conversion, no substitution.
 * This file of the bare repository wins over those that it holds.
 */
const attributes =
  '* -text -eol -ident -filter -working-tree-encoding -export-subst -export-ignore -diff -merge\n'

/**
 * Fetches one commit, without history, and unpacks it as an archive. Nothing is checked out: there is no work tree
 * in which a link, a hook or a filter could do anything, and files pass the same checks as those of an upload.
 */
export async function fetchFromGit(fetch: GitFetch): Promise<{ directory: string; commit: string }> {
  const remote = parseRemote(fetch.remote, fetch.rules)
  const ref = fetch.ref === undefined ? 'HEAD' : checkedGitRef(fetch.ref)
  const repository = join(fetch.folder, 'repository')
  const into = join(fetch.folder, 'unpacked')
  await mkdir(repository)
  await mkdir(into)
  const git: Omit<GitRun, 'args'> = {
    folder: repository,
    max_file_bytes: fetch.limits.max_archive_size_bytes,
    signal: AbortSignal.timeout(fetch.rules.timeout_seconds * 1000),
    ...(fetch.path === undefined ? {} : { path: fetch.path }),
  }
  await runGit({ ...git, args: ['init', '--quiet', '--bare', '--template='] })
  await mkdir(join(repository, 'info'), { recursive: true })
  await writeFile(join(repository, 'info/attributes'), attributes)
  await runGit({ ...git, ...(await reaching(remote, fetch.rules)), args: fetchArguments(remote, ref) })
  const commit = await runGit({
    ...git,
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${FETCHED}^{commit}`],
  })
  await unpackCommit({ ...git, args: ['archive', '--format=tar', `${commit}^{tree}`] }, into, fetch.limits)
  return { directory: await packRoot(into), commit }
}

function fetchArguments({ url }: GitRemote, ref: string): string[] {
  const options = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']
  return ['fetch', ...options, '--', url, `${ref}:${FETCHED}`]
}

/** Permits the one protocol, and ties the name to the addresses that were checked. */
async function reaching(
  remote: GitRemote,
  rules: GitFetch['rules'],
): Promise<Pick<GitRun, 'settings' | 'env'>> {
  const env = { GIT_ALLOW_PROTOCOL: remote.protocol }
  if (remote.protocol === 'file') return { env }
  const addresses = await allowedAddresses(remote.hostname, rules, rules.resolve)
  if (remote.protocol !== 'ssh') return { env, settings: [pinnedName(remote, addresses)] }
  return {
    env: { ...env, GIT_SSH_VARIANT: 'ssh', GIT_SSH_COMMAND: sshCommand(remote, addresses, rules.ssh) },
  }
}

function pinnedName({ hostname, port }: GitRemote, addresses: readonly ResolvedAddress[]): string {
  return `http.curloptResolve=${hostname}:${port}:${addresses.map(({ address }) => address).join(',')}`
}

/** git hands this to a shell; the parts are quoted, and none of them comes from the request but the checked name. */
function sshCommand(
  { hostname }: GitRemote,
  [first]: readonly ResolvedAddress[],
  ssh: GitRules['ssh'],
): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${ssh?.known_hosts_file ?? '/dev/null'}`,
    'GlobalKnownHostsFile=/dev/null',
    `IdentityFile=${ssh?.identity_file ?? '/dev/null'}`,
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    `HostName=${first?.address ?? ''}`,
    `HostKeyAlias=${hostname}`,
    'ProxyCommand=none',
    'ForwardAgent=no',
    'ForwardX11=no',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    'ControlPath=none',
    'ConnectTimeout=10',
  ]
  return ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', option])].map(shellWord).join(' ')
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

async function unpackCommit(run: GitRun, into: string, limits: PackLimits): Promise<void> {
  const git = startGit(run)
  try {
    const bounds = { limits, packed_bytes: null }
    await unpack(tarEntries(withinReason(git.stdout, bounds)), { into, ...bounds })
    await git.ended
  } catch (error) {
    // An archive that git ended too early is not what is wrong; git says what is.
    if (git.stdout.readableEnded) await git.ended
    git.stop()
    await git.ended.catch(() => undefined) // what was refused is the news, not that git was stopped
    throw error
  }
}
