import { text } from 'node:stream/consumers'
import { within } from '../../../processes/limits.ts'
import { startPiped, tailOf } from '../../../processes/piped-process.ts'
import type { GroupEnd } from '../../../processes/process-group.ts'
import { quoted } from '../archive/archive-entry.ts'
import { refusedSource } from './source-url.ts'

/** Where programs of the machine are, whatever the server was started with. */
const programs = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin'
const MAX_MEMORY_BYTES = 2 * 1024 ** 3
const MAX_COMPLAINT = 16 * 1024

export type GitRun = {
  /** The bare repository; also the home of git, where nobody's settings are. */
  folder: string
  /** Options of git itself, `key=value`. */
  settings?: readonly string[]
  env?: Readonly<Record<string, string>>
  args: readonly string[]
  /** Bytes of a file that git may write. */
  max_file_bytes: number
  signal: AbortSignal
  /** Where programs are looked for instead. */
  path?: string
}

/** What a repository, or whoever serves it, could make git do besides fetching. */
const safeguards = [
  'core.hooksPath=/dev/null',
  'core.symlinks=false',
  'core.fsmonitor=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'credential.helper=',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'fetch.fsckObjects=true',
  'transfer.fsckObjects=true',
  'transfer.bundleURI=false',
  'fetch.unpackLimit=1',
  'http.followRedirects=false',
  'http.sslVerify=true',
  'http.proxy=',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
  'gc.auto=0',
  'maintenance.auto=false',
  'core.bigFileThreshold=16m',
  'core.packedGitWindowSize=16m',
  'core.packedGitLimit=128m',
  'pack.threads=1',
]

/** Runs git to its end and answers what it printed. */
export async function runGit(run: GitRun): Promise<string> {
  const git = startGit(run)
  const [printed] = await Promise.all([text(git.stdout), git.ended])
  return printed.trim()
}

/**
 * Starts git with nothing of this machine's settings and none of the server's environment. `ended` rejects with what
 * git complained of. git and what it started have one process group, so that all of it ends with the signal.
 */
export function startGit(run: GitRun) {
  const limits = { file_bytes: run.max_file_bytes, memory_bytes: MAX_MEMORY_BYTES }
  const settings = [...safeguards, ...(run.settings ?? [])].flatMap((setting) => ['-c', setting])
  const git = startPiped({
    ...within(limits, ['git', ...settings, ...run.args]),
    cwd: run.folder,
    env: { ...environment(run.folder), PATH: run.path ?? programs, ...run.env },
    identity: undefined,
    signal: run.signal,
  })
  const complaint = tailOf(git.stderr, MAX_COMPLAINT)
  let stopped = false
  const ended = git.ended.then((end) => {
    if (end.kind === 'ended' && (end.code === 0 || (stopped && end.signal === 'SIGKILL'))) return
    throw explained(end, { complaint: complaint.text(), aborted: run.signal.aborted })
  })
  ended.catch(() => undefined) // whoever waits hears of it
  return {
    stdout: git.stdout,
    ended,
    /** Ends git early, which is no failure of it. */
    stop() {
      stopped = true
      git.group.kill('cancel')
    },
  }
}

function environment(folder: string): Record<string, string> {
  return {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    LC_ALL: 'C',
    GIT_DIR: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  }
}

function explained(end: GroupEnd, { complaint, aborted }: { complaint: string; aborted: boolean }): Error {
  if (aborted) return refusedSource('git takes too long')
  if (end.kind === 'not-started') return end.error
  const { code, signal } = end
  if (code === 127) return refusedSource('git is not installed on the server; install it, or use an archive')
  const lines = complaint.split('\n')
  const line =
    lines.find((one) => one.startsWith('error:')) ??
    lines.find((one) => one.startsWith('fatal:')) ??
    `git ended with ${code ?? signal}`
  // What unpacks the objects is ended by the limit of its file without a word of its own.
  if (signal === 'SIGXFSZ' || /signal 25|File too large|invalid index-pack output/.test(line)) {
    return refusedSource('the repository is larger than a pack may be')
  }
  return refusedSource(`git refuses it: ${quoted(line)}`)
}
