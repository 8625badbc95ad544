import { constants, type Dirent, existsSync } from 'node:fs'
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Problem } from '../../problem.ts'
import { isJsonObject } from '../../json.ts'
import { errorCode } from './error-code.ts'
import { type PostgresPackage, remedy } from './locate.ts'
import { run } from './run.ts'
import { syncPath } from './sync-path.ts'

const PREFIX = 'pg-'

/** Static libraries, build files and the languages that need an interpreter of the host: nothing a server needs. */
const unneeded = /\.a$|^pkgconfig$|^pgxs$|ecpg|plperl|plpython|pltcl/

/**
 * Copies the binaries below `state`, once per version, and returns that folder. Running them from
 * `node_modules` would need the package's install script (it makes the shared-library links), and would fail
 * where another user may not look into the folder npm installed to.
 */
export async function ensureRuntime(
  source: PostgresPackage,
  state: string,
  { durable }: { durable: boolean },
): Promise<string> {
  const runtime = join(state, `${PREFIX}${source.version}`)
  if (existsSync(runtime)) return runtime
  const unfinished = `${runtime}.tmp`
  await rm(unfinished, { recursive: true, force: true })
  await copyTree(source.native, unfinished, durable)
  await makeLinks(unfinished)
  await requireRuns(join(unfinished, 'bin', 'postgres'))
  await rename(unfinished, runtime)
  return runtime
}

/** Removes the copies of other versions. Only for when no server runs from them. */
export async function removeOtherRuntimes(state: string, runtime: string): Promise<void> {
  for (const name of await readdir(state)) {
    if (name.startsWith(PREFIX) && name !== basename(runtime))
      await rm(join(state, name), { recursive: true })
  }
}

/** Modes are set, not copied: whatever the umask of npm was, the server's account must read all of it. */
async function copyTree(from: string, to: string, durable: boolean): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  const entries = (await readdir(from, { withFileTypes: true })).filter(({ name }) => !unneeded.test(name))
  // Some at a time: one by one the disk is waited for, all at once may be more than a process may open.
  for (let start = 0; start < entries.length; start += 16) {
    await Promise.all(entries.slice(start, start + 16).map((entry) => copyEntry(entry, from, to, durable)))
  }
  if (durable) await syncPath(to)
}

async function copyEntry(entry: Dirent, from: string, to: string, durable: boolean): Promise<void> {
  const [source, target] = [join(from, entry.name), join(to, entry.name)]
  if (entry.isDirectory()) return copyTree(source, target, durable)
  if (entry.isSymbolicLink()) return symlink(await readlink(source), target)
  await copyFile(source, target, constants.COPYFILE_FICLONE)
  const { mode } = await lstat(source)
  await chmod(target, (mode & 0o100) === 0 ? 0o644 : 0o755)
  if (durable) await syncPath(target)
}

/** npm packages cannot hold symbolic links; the package lists them in a file instead. */
async function makeLinks(runtime: string): Promise<void> {
  for (const { source, target } of parseLinks(await readFile(join(runtime, 'pg-symlinks.json'), 'utf8'))) {
    if (unneeded.test(basename(target))) continue
    await symlink(basename(source), join(runtime, dirname(target), basename(target))).catch(
      (error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error
      },
    )
  }
}

/** The links, with paths relative to the package's `native` folder. Each points to a file beside it. */
export function parseLinks(text: string): { source: string; target: string }[] {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown) => {
    if (!isJsonObject(entry)) return []
    const { source, target } = entry
    if (typeof source !== 'string' || typeof target !== 'string') return []
    return [{ source: source.replace(/^native\//, ''), target: target.replace(/^native\//, '') }]
  })
}

/** Finds out by running it: that covers another C library, a too old one, a missing one and a noexec mount. */
async function requireRuns(binary: string): Promise<void> {
  const { failure, output } = await run(binary, ['--version'])
  if (failure === undefined) return
  throw new Problem(
    'NOT_IMPLEMENTED',
    `The embedded PostgreSQL does not run on this machine: ${reason(failure, output)}. Instead, ${remedy}`,
  )
}

function reason(failure: string, output: string): string {
  if (failure.includes('ENOENT'))
    return 'it needs the GNU C library, and this system has another one (musl, as on Alpine)'
  if (failure.includes('EACCES')) return 'its folder does not allow programs to be run (mounted noexec)'
  return output.trim() === '' ? failure : output.trim()
}
