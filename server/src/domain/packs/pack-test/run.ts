import { chmod, cp, lstat, mkdir, mkdtemp, readFile, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, sep } from 'node:path'
import { removeTree } from '../../../run-as/remove-tree.ts'
import { createThreads } from '../../../threads/bounded-threads.ts'
import type { TestResult } from './pack-test.ts'
import { readSuite } from './read-result.ts'
import type { RunSuite, SuiteDefinition } from './suite.ts'
import { resultOf } from './verdict.ts'

/** A result file is read up to this size. */
const MAX_RESULT_BYTES = 4 * 1024 * 1024
const leftOut = new Set(['.git', '__pycache__'])

export type TestedPack = {
  ref: string
  version: string
  suites: readonly SuiteDefinition[]
  directory: string
}

/**
 * Runs every suite of a pack, one after the other, in a copy that is thrown away: tests change nothing of what is
 * installed, whatever they do to the files beside them.
 */
export async function runTests(pack: TestedPack, runSuite: RunSuite): Promise<TestResult> {
  const started = performance.now()
  const executionTime = new Date().toISOString()
  const scratch = await mkdtemp(join(tmpdir(), 'attune-pack-test-'))
  await chmod(scratch, 0o711) // whom the suites run as must get to their folders
  try {
    const order = { pack: join(scratch, 'pack'), home: join(scratch, 'home'), tmp: join(scratch, 'tmp') }
    await Promise.all([mkdir(order.home), mkdir(order.tmp)])
    await cp(pack.directory, order.pack, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !leftOut.has(basename(path)),
    })
    const suites = []
    const threads = createThreads({ most: 1 })
    for (const suite of pack.suites) {
      const end = await runSuite({ ...order, suite, pack_ref: pack.ref })
      const written = await writtenResult(order.pack, suite.result_path)
      suites.push(await readSuite({ suite, end, written }, threads))
    }
    const durationMs = Math.round(performance.now() - started)
    return resultOf({ packRef: pack.ref, packVersion: pack.version, executionTime, durationMs }, suites)
  } finally {
    removeTree(scratch)
  }
}

/** The file of a result, if the suite wrote one inside of its copy. */
async function writtenResult(copy: string, path: string | null): Promise<string | undefined> {
  if (path === null) return undefined
  const real = await realpath(join(copy, path)).catch(() => undefined)
  if (real === undefined || !real.startsWith((await realpath(copy)) + sep)) return undefined
  const { size, nlink } = await lstat(real)
  // A second name may be that of a file which the suite could not read.
  return size > MAX_RESULT_BYTES || nlink > 1 ? undefined : readFile(real, 'utf8')
}
