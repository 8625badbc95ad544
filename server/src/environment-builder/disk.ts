import { createHash, randomUUID } from 'node:crypto'
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { EnvironmentOnDisk } from '../domain/packs/pack-environment/status.ts'
import { type ProcessAccount, give } from '../run-as/account.ts'
import { isExecutable } from '../action-runner/files.ts'
import { removeTree as removeAsOwners } from '../run-as/remove-tree.ts'

/*
 * How an environment lies on the disk:
 *
 *   <environments>/<pack>/python          a link to
 *   <environments>/<pack>/.python.<id>/   one build, in a directory of its own; where it is made by another account,
 *                                         in the directory `env` of that one, which is the account's until it is done
 *
 * A build never touches what another one makes or what runs, whatever becomes of it; it counts from the moment at
 * which the link names it. Programs are given the directory and not the link, because scripts of an environment
 * name their interpreter by its full path. What the link named before stays until the next build: actions that began
 * in it end in it.
 */

/** In an environment that is complete: the checksum of the manifest that it was installed from. */
const MARKER = '.attune_deps_installed'
const VOLUME = '.attune-volume'

/** The name of the disk that environments lie on: whoever shares the disk reads the same. */
export async function volumeOf(root: string): Promise<string> {
  await mkdir(root, { recursive: true })
  const file = join(root, VOLUME)
  const known = await readIfThere(file)
  if (known !== undefined) return known.trim()
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, `${randomUUID()}\n`)
  // Whoever comes second keeps the name that is there; a link never shows half a file.
  await link(draft, file).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error
  })
  await rm(draft, { force: true })
  return (await readFile(file, 'utf8')).trim()
}

/** SHA-256 of a manifest; undefined when there is none. */
export async function manifestChecksum(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined
    throw error
  }
}

export type ObservedDisk = EnvironmentOnDisk & { directory: string | undefined }

/** What there is of an environment. `interpreter` tells where its own would be. */
export async function observe(
  place: string,
  interpreter: (env_dir: string) => string | undefined,
  judge?: ProcessAccount,
): Promise<ObservedDisk> {
  const directory = await realpath(place).catch(() => undefined) // nothing is there
  if (directory === undefined) return { directory, installed: undefined, interpreter: false }
  const own = interpreter(directory)
  return {
    directory,
    installed: await readIfThere(join(directory, MARKER)),
    interpreter: own === undefined || (await isExecutable(own, judge)),
  }
}

/**
 * A name for a new build beside its place. Nothing is there yet: some commands want to make the directory. An account
 * may make it only in a directory of its own.
 */
export async function newDirectory(place: string, account?: ProcessAccount): Promise<string> {
  const folder = dirname(place)
  await mkdir(folder, { recursive: true })
  const directory = join(await realpath(folder), `${prefixOf(place)}${randomUUID().slice(0, 8)}`)
  if (account === undefined) return directory
  await chmod(folder, 0o755)
  await mkdir(directory, { mode: 0o700 })
  give(directory, account)
  return join(directory, 'env')
}

/** All that was made for the build in `directory`. */
export async function wholeOf(place: string, directory: string): Promise<string> {
  const folder = await realpath(dirname(place))
  return join(folder, relative(folder, directory).split(sep)[0] ?? '')
}

/** Marks a build as complete; the last thing that is written into it. What the build put there may be a link. */
export async function mark(directory: string, checksum: string): Promise<void> {
  const marker = join(directory, MARKER)
  await rm(marker, { recursive: true, force: true })
  await writeFile(marker, checksum, { flag: 'wx' })
}

/** Puts a build in its place: one rename, so that whoever looks sees the earlier one or this one. */
export async function publish(place: string, directory: string): Promise<void> {
  const draft = join(dirname(place), `${prefixOf(place)}link-${randomUUID().slice(0, 8)}`)
  await symlink(relative(await realpath(dirname(place)), directory), draft)
  const there = await lstat(place).catch(() => undefined) // nothing is there
  // A directory in the place of the link, made by somebody else, would refuse the rename.
  if (there?.isDirectory() === true) await rename(place, await newDirectory(place))
  await rename(draft, place)
}

/** Removes builds that nobody uses any more: neither the one in place nor the one that was before it. */
export async function removeOthers(place: string, kept: readonly (string | undefined)[]): Promise<void> {
  const folder = await realpath(dirname(place))
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefixOf(place)))
  const keep = new Set(
    kept.flatMap((path) => (path === undefined ? [] : relative(folder, path).split(sep)[0])),
  )
  for (const name of names.filter((one) => !keep.has(one))) await removeTree(join(folder, name))
}

/** Removes an environment with all its builds. */
export async function removePlace(place: string): Promise<void> {
  await removeTree(place)
  await removeOthers(place, []).catch((error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error
  })
}

/** Also what somebody is still writing into: a second time finds what came after the first. */
export async function removeTree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined) // then there is nothing to remove
  // Whose builder was killed: its processes may have been spared.
  if (found !== undefined && found.uid !== process.getuid?.()) return removeAsOwners(path)
  await rm(path, { recursive: true, force: true, maxRetries: 3 })
}

function prefixOf(place: string): string {
  return `.${basename(place)}.`
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  )
}
