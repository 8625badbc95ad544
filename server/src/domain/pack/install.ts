import type { Database, Transaction } from '../../database/database.ts'
import { Problem } from '../../problem.ts'
import type { TestResult } from '../pack-test/pack-test.ts'
import { insert as insertRun } from '../pack-test/queries.ts'
import { runTests } from '../pack-test/run.ts'
import type { RunSuite } from '../pack-test/suite.ts'
import { failuresOf, isGood } from '../pack-test/verdict.ts'
import type { Cipher } from '../secret/cipher.ts'
import type { Holder } from '../permission/delegation.ts'
import { requireAuthority } from './authority.ts'
import { directoryChecksum } from './directory-checksum.ts'
import { forewarn } from './forewarn.ts'
import { findKnown } from './known.ts'
import type { Pack } from './pack.ts'
import type { PackDefinition } from './pack-definition.ts'
import { isInPlace, realDirectory, stage, type Staged } from './placement.ts'
import * as packs from './queries.ts'
import { type PackReading, readPack } from './read-pack.ts'
import { isThere, refuse, refuseUnfit, registerPack } from './register.ts'
import { demandNew, demandRight } from './visibility.ts'

export type InstallRequest = {
  /** A directory on this machine. */
  path: string
  force: boolean
  packs_base_dir: string
  holder: Holder
  correlation_id: string
  /** What commits with the registration; runs before the files are in their place, and a throw refuses the pack. */
  alongside?: (tx: Transaction, pack: Pack) => Promise<Pack>
  /** Runs the tests that the pack brings before anything is changed. Without it they are not run. */
  run_suite?: RunSuite
  cipher: Cipher
  /** Refuses what must not come in, before a program of the pack runs. */
  vet?: (definition: PackDefinition, existing: Pack | undefined) => void
}

export type Installed = { pack: Pack; warnings: string[]; tests: TestResult | null }

/**
 * Registers the pack of a directory. One that is where it belongs, or was registered from where it is, is used
 * in place; any other is copied into the packs folder. Files and rows change together: when anything is wrong
 * both stay as they were.
 */
export async function installPack(database: Database, request: InstallRequest): Promise<Installed> {
  const source = await realDirectory(request.path)
  const reading = await readValid(source)
  const definition = reading.pack
  const known = await packs.findByRef(database, definition.ref)
  const inPlace =
    known?.storage_path === source || (await isInPlace(source, request.packs_base_dir, definition.ref))
  if (inPlace) return installFrom(database, request, { source, reading })
  const staged = await stage(source, request.packs_base_dir, definition.ref)
  try {
    return await installStaged(database, request, staged)
  } finally {
    await staged.clear()
  }
}

async function readValid(directory: string): Promise<Extract<PackReading, { pack: PackDefinition }>> {
  const reading = await readPack(directory)
  if ('pack' in reading) return reading
  refuse(directory, reading.problems)
  throw new Error(`The pack in ${directory} was refused without a reason.`)
}

/** What is read, checked and summed up is the copy, whatever becomes of the source meanwhile. */
async function installStaged(
  database: Database,
  request: InstallRequest,
  staged: Staged,
): Promise<Installed> {
  const reading = await readValid(staged.directory)
  let swapped = false
  try {
    return await installFrom(database, request, {
      source: staged.directory,
      reading,
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
  reading: Extract<PackReading, { pack: PackDefinition }>
  /** Where the files will be. Default: where they are. */
  target?: string
  /** Runs last in the transaction, while the pack's row is locked. */
  beforeCommit?: () => Promise<void>
}

async function installFrom(
  database: Database,
  request: InstallRequest,
  { source, reading, target = source, beforeCommit }: Files,
): Promise<Installed> {
  const definition = reading.pack
  const { holder, force, correlation_id, alongside, cipher } = request
  const { existing, warnings } = await lookAhead(database, reading, request)
  const checksum = await directoryChecksum(source)
  const tests = await testFirst(definition, source, request)
  const pack = await database.transaction(async (tx) => {
    await requireAuthority(tx, holder, definition)
    const registered = await registerPack(tx, definition, {
      registered_by: holder.identity,
      is_standard: false,
      storage_path: target,
      checksum,
      force,
      correlation_id,
      permit: (there) => demandRight(holder, ['packs', 'install'], there),
      cipher,
    })
    const reason = existing === undefined ? 'install' : 'update'
    if (tests !== null) await insertRun(tx, registered.id, tests, reason)
    const completed = (await alongside?.(tx, registered)) ?? registered
    await beforeCommit?.()
    return completed
  })
  return { pack, warnings: [...definition.warnings, ...warnings, ...testWarnings(definition, tests)], tests }
}

/** Whatever would refuse the pack is found before a program of it runs. What counts is decided later, under locks. */
async function lookAhead(
  database: Database,
  { pack: definition, locate }: Files['reading'],
  { holder, force, vet }: InstallRequest,
) {
  const existing = await packs.findByRef(database, definition.ref)
  vet?.(definition, existing)
  if (existing === undefined) demandNew(holder, ['packs', 'install'], definition.ref)
  else if (!force) throw isThere(definition.ref)
  else demandRight(holder, ['packs', 'install'], existing)
  await requireAuthority(database, holder, definition)
  const known = await findKnown(database, definition)
  refuseUnfit(definition, known, locate)
  return { existing, warnings: await forewarn(database, definition, known) }
}

/** Runs the tests of the pack; refuses it when they fail, unless it is forced or says that failures only warn. */
async function testFirst(
  { ref, version, testing }: PackDefinition,
  directory: string,
  { run_suite, force }: InstallRequest,
): Promise<TestResult | null> {
  if (run_suite === undefined || testing?.enabled !== true) return null
  const result = await runTests({ ref, version, suites: testing.runners, directory }, run_suite)
  if (isGood(result, testing.min_pass_rate) || force || testing.on_failure === 'warn') return result
  const { failed, totalTests } = result
  throw new Problem(
    'BAD_REQUEST',
    `${failed} of ${Math.max(totalTests, failed)} tests of the pack '${ref}' failed, so it is not registered; mend it, or say force.`,
    failuresOf(result),
  )
}

function testWarnings({ testing }: PackDefinition, tests: TestResult | null): string[] {
  if (tests === null || testing === null || isGood(tests, testing.min_pass_rate)) return []
  return [
    `tests failed: ${failuresOf(tests)
      .map(({ field, message }) => `${field}: ${message}`)
      .join('; ')}`,
  ]
}
