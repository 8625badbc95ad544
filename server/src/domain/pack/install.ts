import type { Database, Transaction } from '../../database/database.ts'
import type { Holder } from '../permission/delegation.ts'
import { requireAuthority } from './authority.ts'
import { directoryChecksum } from './directory-checksum.ts'
import type { Pack } from './pack.ts'
import type { PackDefinition } from './pack-definition.ts'
import { isInPlace, realDirectory, stage, type Staged } from './placement.ts'
import * as packs from './queries.ts'
import { readPack } from './read-pack.ts'
import { refuse, registerPack } from './register.ts'

export type InstallRequest = {
  /** A directory on this machine. */
  path: string
  force: boolean
  packs_base_dir: string
  holder: Holder
  correlation_id: string
  /** What commits with the registration; runs before the files are in their place, and a throw refuses the pack. */
  alongside?: (tx: Transaction, pack: Pack) => Promise<Pack>
}

export type Installed = { pack: Pack; warnings: string[] }

/**
 * Registers the pack of a directory. One that is where it belongs, or was registered from where it is, is used
 * in place; any other is copied into the packs folder. Files and rows change together: when anything is wrong
 * both stay as they were.
 */
export async function installPack(database: Database, request: InstallRequest): Promise<Installed> {
  const source = await realDirectory(request.path)
  const definition = await readValid(source)
  const known = await packs.findByRef(database, definition.ref)
  const inPlace =
    known?.storage_path === source || (await isInPlace(source, request.packs_base_dir, definition.ref))
  if (inPlace) return installFrom(database, request, { source, definition })
  const staged = await stage(source, request.packs_base_dir, definition.ref)
  try {
    return await installStaged(database, request, staged)
  } finally {
    await staged.clear()
  }
}

async function readValid(directory: string): Promise<PackDefinition> {
  const reading = await readPack(directory)
  if ('pack' in reading) return reading.pack
  refuse(directory, reading.problems)
  throw new Error(`The pack in ${directory} was refused without a reason.`)
}

/** What is read, checked and summed up is the copy, whatever becomes of the source meanwhile. */
async function installStaged(
  database: Database,
  request: InstallRequest,
  staged: Staged,
): Promise<Installed> {
  const definition = await readValid(staged.directory)
  let swapped = false
  try {
    return await installFrom(database, request, {
      source: staged.directory,
      definition,
      target: staged.target,
      async beforeCommit() {
        await staged.swap()
        swapped = true
      },
    })
  } catch (error) {
    if (swapped) await staged.restore()
    throw error
  }
}

type Files = {
  source: string
  definition: PackDefinition
  /** Where the files will be. Default: where they are. */
  target?: string
  /** Runs last in the transaction, while the pack's row is locked. */
  beforeCommit?: () => Promise<void>
}

async function installFrom(
  database: Database,
  { holder, force, correlation_id, alongside }: InstallRequest,
  { source, definition, target = source, beforeCommit }: Files,
): Promise<Installed> {
  const checksum = await directoryChecksum(source)
  const pack = await database.transaction(async (tx) => {
    await requireAuthority(tx, holder, definition)
    const registered = await registerPack(tx, definition, {
      registered_by: holder.identity,
      is_standard: false,
      storage_path: target,
      checksum,
      force,
      correlation_id,
    })
    const completed = (await alongside?.(tx, registered)) ?? registered
    await beforeCommit?.()
    return completed
  })
  return { pack, warnings: definition.warnings }
}
