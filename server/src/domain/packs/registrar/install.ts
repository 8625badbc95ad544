import type { Database, Transaction } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import type { TestResult } from '../pack-test/pack-test.ts'
import { insert as insertRun } from '../pack-test/queries.ts'
import { runTests } from '../pack-test/run.ts'
import type { RunSuite } from '../pack-test/suite.ts'
import { failuresOf, isGood } from '../pack-test/verdict.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { ownershipOf } from '../../access/permission/authority.ts'
import type { GrantHolder } from '../../access/permission/delegation.ts'
import { requireAuthority } from './authority.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'
import * as packs from '../../definition/pack/queries.ts'
import { isThere, registerPack } from './register.ts'
import { forewarn } from './requirements.ts'
import { type PackPlace, putInPlace, type ReadPack, storagePath } from './staged-pack.ts'
import { demandNew, demandRight } from '../../definition/pack/visibility.ts'

export type InstallOptions = PackPlace & {
  force: boolean
  holder: GrantHolder
  correlation_id: string
  /** What commits with the registration; runs before the files are in their place, and a throw refuses the pack. */
  alongside?: (tx: Transaction, pack: Pack, read: ReadPack) => Promise<Pack>
  /** Runs the tests that the pack brings before anything is changed. Without it they are not run. */
  run_suite?: RunSuite
  cipher: Cipher
  /** Refuses what must not come in, before a program of the pack runs. */
  vet?: (read: ReadPack, existing: Pack | undefined) => void
}

export type InstalledPack = { pack: Pack; warnings: string[]; tests: TestResult | null }

/** As `installPacks`, for one. */
export async function installPack(
  database: Database,
  read: ReadPack,
  options: InstallOptions,
): Promise<InstalledPack> {
  const [installed] = await installPacks(database, [read], options)
  if (installed === undefined) throw new Error(`The pack '${read.name}' was not installed.`)
  return installed
}

/**
 * Registers packs in their order, all of them or none: a later one may need an earlier one. Files and rows change
 * together: when anything is wrong both stay as they were.
 */
export async function installPacks(
  database: Database,
  all: readonly ReadPack[],
  options: InstallOptions,
): Promise<InstalledPack[]> {
  const tests = await testAll(database, all, options)
  const restores: (() => Promise<void>)[] = []
  try {
    return await database.transaction(async (tx) => {
      const installed: InstalledPack[] = []
      for (const [index, read] of all.entries())
        installed.push(await register(tx, read, options, tests[index] ?? null))
      for (const read of all) restores.push(await putInPlace(read, options))
      return installed
    })
  } catch (error) {
    for (const restore of restores.toReversed()) await restore()
    throw error
  }
}

/**
 * Runs the tests of the packs. Whatever would refuse one is found before a program of any of them runs; what counts is
 * decided later, under locks.
 */
async function testAll(
  database: Database,
  all: readonly ReadPack[],
  options: InstallOptions,
): Promise<(TestResult | null)[]> {
  const { run_suite } = options
  if (run_suite === undefined || !all.some(({ pack }) => pack.testing?.enabled === true)) return []
  await rehearse(database, all, options)
  const tests: (TestResult | null)[] = []
  for (const read of all) tests.push(await testFirst(read, options, run_suite))
  return tests
}

/** Registers the packs, and takes everything back. */
async function rehearse(
  database: Database,
  all: readonly ReadPack[],
  options: InstallOptions,
): Promise<void> {
  const over = new Error('What was only rehearsed is taken back.')
  try {
    await database.transaction(async (tx) => {
      for (const read of all) await register(tx, read, options, null)
      throw over
    })
  } catch (error) {
    if (error !== over) throw error
  }
}

async function register(
  tx: Transaction,
  read: ReadPack,
  options: InstallOptions,
  tests: TestResult | null,
): Promise<InstalledPack> {
  const { holder, force, correlation_id, cipher } = options
  const { pack: definition, checksum } = read
  const existing = await packs.lockByRef(tx, definition.ref)
  options.vet?.(read, existing)
  if (existing === undefined) demandNew(holder, ['packs', 'install'], definition.ref)
  else if (!force) throw isThere(definition.ref)
  else demandRight(holder, ['packs', 'install'], existing)
  await requireAuthority(tx, holder, definition)
  const { pack, known } = await registerPack(tx, read, {
    registered_by: ownershipOf(holder),
    is_standard: false,
    storage_path: await storagePath(read, options.packs_base_dir),
    checksum,
    force,
    existing,
    correlation_id,
    permit: (there) => demandRight(holder, ['packs', 'install'], there),
    cipher,
  })
  if (tests !== null) await insertRun(tx, pack.id, tests, existing === undefined ? 'install' : 'update')
  const warnings = [...definition.warnings, ...(await forewarn(tx, definition, known))]
  return {
    pack: (await options.alongside?.(tx, pack, read)) ?? pack,
    warnings: [...warnings, ...testWarnings(definition, tests)],
    tests,
  }
}

/** Runs the tests of the pack; refuses it when they fail, unless it is forced or says that failures only warn. */
async function testFirst(
  { pack: { ref, version, testing }, tree: { root: directory } }: ReadPack,
  { force }: InstallOptions,
  run_suite: RunSuite,
): Promise<TestResult | null> {
  if (testing?.enabled !== true) return null
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
