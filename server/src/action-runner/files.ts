import { realpath, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, sep } from 'node:path'
import type { ProcessAccount } from '../run-as/account.ts'
import { may } from '../run-as/reach.ts'
import { createShortMemory } from './short-memory.ts'

/** Where actions and programs lie on this worker. A wrong answer lives for a second at most, a program's for ten. */
export type Files = {
  /** The real path of a regular file inside the `actions` folder of a pack. */
  action(pack_dir: string, entrypoint: string): Promise<string | undefined>
  /** The folder of a pack, where there is one. */
  pack(pack_dir: string): Promise<string | undefined>
  /** A program by absolute path or name. */
  program(binary: string): Promise<string | undefined>
  isExecutable(path: string): Promise<boolean>
}

const FILE_TTL_MS = 1000
const PROGRAM_TTL_MS = 10_000

/** What there is for whoever runs as `judge`, which is this process without one. */
export function createFiles(path: string, judge?: ProcessAccount): Files {
  const actions = createShortMemory<string>(FILE_TTL_MS)
  const packs = createShortMemory<string>(FILE_TTL_MS)
  const programs = createShortMemory<string>(PROGRAM_TTL_MS)
  const executables = createShortMemory<true>(FILE_TTL_MS)
  return {
    action: (pack_dir, entrypoint) =>
      actions(`${pack_dir}\0${entrypoint}`, () => findInside(join(pack_dir, 'actions'), entrypoint, judge)),
    pack: (pack_dir) => packs(pack_dir, () => findFolder(pack_dir)),
    program: (binary) => programs(binary, () => findProgram(binary, path, judge)),
    isExecutable: async (file) =>
      (await executables(file, async () => (await isExecutable(file, judge)) || undefined)) ?? false,
  }
}

/** The file, unless it is none or lies elsewhere: links and `..` must not lead out of the folder. */
async function findInside(
  folder: string,
  name: string,
  judge: ProcessAccount | undefined,
): Promise<string | undefined> {
  if (name.trim() === '' || name.includes('\0')) return undefined
  try {
    const root = await realpath(folder)
    const file = await realpath(join(root, name))
    const inside = file.startsWith(root + sep) && (await stat(file)).isFile()
    return inside && isWithinReach(file, judge) ? file : undefined
  } catch {
    return undefined // not there, or out of reach: for an action that is the same
  }
}

/** A program need not be readable to be run. */
function isWithinReach(file: string, judge: ProcessAccount | undefined): boolean {
  return judge === undefined || may('read', file, judge) || may('execute', file, judge)
}

async function findFolder(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isDirectory() ? path : undefined
  } catch {
    return undefined // not there
  }
}

async function findProgram(
  binary: string,
  path: string,
  judge: ProcessAccount | undefined,
): Promise<string | undefined> {
  if (isAbsolute(binary)) return (await isExecutable(binary, judge)) ? binary : undefined
  if (binary.includes(sep) || binary === '') return undefined
  for (const folder of path.split(delimiter)) {
    const file = join(folder, binary)
    if (isAbsolute(folder) && (await isExecutable(file, judge))) return file
  }
  return undefined
}

/** For whoever runs as `judge`, which is this process without one. */
export async function isExecutable(path: string, judge: ProcessAccount | undefined): Promise<boolean> {
  try {
    return (await stat(path)).isFile() && may('execute', path, judge)
  } catch {
    return false // not there
  }
}
