import type { Database, Transaction } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import type { TestResult } from '../pack-test/pack-test.ts'
import { insert as insertRun } from '../pack-test/queries.ts'
import { runTests } from '../pack-test/run.ts'
import type { RunSuite } from '../pack-test/suite.ts'
import { failuresOf, isGood } from '../pack-test/verdict.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { ownershipOf } from '../../access/permission/authority.ts'
import type { Holder } from '../../access/permission/delegation.ts'
import { requireAuthority } from './authority.ts'
import { directoryChecksum } from './directory-checksum.ts'
import { forewarn } from './forewarn.ts'
import { findKnown } from './known.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'
import { isInPlace, realDirectory, stage, type Staged } from './placement.ts'
import * as packs from '../../definition/pack/queries.ts'
import { type PackReading, readPack } from '../reader/read-pack.ts'
import { isThere, refuse, refuseUnfit, registerPack } from './register.ts'
import { demandNew, demandRight } from '../../definition/pack/visibility.ts'

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
  const [installed] = await installPacks(database, [request])
  if (installed === undefined) throw new Error(`The pack in ${request.path} was not installed.`)
  return installed
}

/** Registers packs in their order, all of them or none: a later one may need an earlier one. */
export async function installPacks(
  database: Database,
  requests: readonly InstallRequest[],
): Promise<Installed[]> {
  const prepared: Prepared[] = []
  try {
    for (const request of requests) prepared.push(await prepare(database, request))
    return await installPrepared(database, prepared)
  } finally {
    for (const { staged } of prepared) await staged?.clear()
  }
}

/** A pack whose files are read and lie ready: where they belong, or as a copy beside. */
type Prepared = {
  request: InstallRequest
  directory: string
  reading: Extract<PackReading, { pack: PackDefinition }>
  checksum: string
  staged: Staged | undefined
}

/** What is read, checked and summed up is the copy, whatever becomes of the source meanwhile. */
async function prepare(database: Database, request: InstallRequest): Promise<Prepared> {
  const source = await realDirectory(request.path)
  const reading = await readValid(source)
  const { ref } = reading.pack
  const known = await packs.findByRef(database, ref)
  const inPlace = known?.storage_path === source || (await isInPlace(source, request.packs_base_dir, ref))
  if (inPlace) {
    const checksum = await directoryChecksum(source)
    return { request, directory: source, reading, checksum, staged: undefined }
  }
  const staged = await stage(source, request.packs_base_dir, ref)
  try {
    const { directory } = staged
    const checksum = await directoryChecksum(directory)
    return { request, directory, reading: await readValid(directory), checksum, staged }
  } catch (error) {
    await staged.clear()
    throw error
  }
}

async function readValid(directory: string): Promise<Extract<PackReading, { pack: PackDefinition }>> {
  const reading = await readPack(directory)
  if ('pack' in reading) return reading
  refuse(directory, reading.problems)
  throw new Error(`The pack in ${directory} was refused without a reason.`)
}

async function installPrepared(database: Database, prepared: readonly Prepared[]): Promise<Installed[]> {
  const ahead = await lookAhead(database, prepared)
  const tests: (TestResult | null)[] = []
  for (const { reading, directory, request } of prepared)
    tests.push(await testFirst(reading.pack, directory, request))
  const swapped: Staged[] = []
  try {
    return await database.transaction(async (tx) => {
      const installed: Installed[] = []
      for (const [index, one] of prepared.entries()) {
        const { existing, warnings } = ahead[index] ?? { existing: undefined, warnings: [] }
        const result = tests[index] ?? null
        const pack = await register(tx, one, {
          tests: result,
          reason: existing === undefined ? 'install' : 'update',
        })
        const { pack: definition } = one.reading
        installed.push({
          pack,
          warnings: [...definition.warnings, ...warnings, ...testWarnings(definition, result)],
          tests: result,
        })
      }
      for (const { staged } of prepared) {
        if (staged === undefined) continue
        await staged.swap()
        swapped.push(staged)
      }
      return installed
    })
  } catch (error) {
    for (const staged of swapped.toReversed()) await staged.restore()
    throw error
  }
}

async function register(
  tx: Transaction,
  { request, reading: { pack: definition }, directory, checksum, staged }: Prepared,
  { tests, reason }: { tests: TestResult | null; reason: 'install' | 'update' },
): Promise<Pack> {
  const { holder, force, correlation_id, alongside, cipher } = request
  await requireAuthority(tx, holder, definition)
  const registered = await registerPack(tx, definition, {
    registered_by: ownershipOf(holder),
    is_standard: false,
    storage_path: staged?.target ?? directory,
    checksum,
    force,
    correlation_id,
    permit: (there) => demandRight(holder, ['packs', 'install'], there),
    cipher,
  })
  if (tests !== null) await insertRun(tx, registered.id, tests, reason)
  return (await alongside?.(tx, registered)) ?? registered
}

type Ahead = { existing: Pack | undefined; warnings: string[] }

/**
 * Whatever would refuse a pack is found before a program of any of them runs. What counts is decided later, under
 * locks. A pack is looked at with those before it in place, which are taken back.
 */
async function lookAhead(database: Database, prepared: readonly Prepared[]): Promise<Ahead[]> {
  const ahead: Ahead[] = []
  const over = new Error('What was only rehearsed is taken back.')
  try {
    await database.transaction(async (tx) => {
      for (const [index, one] of prepared.entries()) {
        ahead.push(await lookAt(tx, one))
        if (index < prepared.length - 1) await register(tx, one, { tests: null, reason: 'install' })
      }
      throw over
    })
  } catch (error) {
    if (error !== over) throw error
  }
  return ahead
}

async function lookAt(
  tx: Transaction,
  { request: { holder, force, vet }, reading: { pack: definition, locate } }: Prepared,
): Promise<Ahead> {
  const existing = await packs.findByRef(tx, definition.ref)
  vet?.(definition, existing)
  if (existing === undefined) demandNew(holder, ['packs', 'install'], definition.ref)
  else if (!force) throw isThere(definition.ref)
  else demandRight(holder, ['packs', 'install'], existing)
  await requireAuthority(tx, holder, definition)
  const known = await findKnown(tx, definition)
  refuseUnfit(definition, known, locate)
  return { existing, warnings: await forewarn(tx, definition, known) }
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
