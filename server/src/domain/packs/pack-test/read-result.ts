import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { jobOf, type Threads } from '../../../threads/bounded-threads.ts'
import { readJunit } from './junit.ts'
import type { CountedCases, TestCase, TestSuite } from './pack-test.ts'
import type { SuiteDefinition, SuiteEnd } from './suite.ts'

/** How much of what a program wrote is kept with a case. */
const KEPT = 4000

/**
 * What became of a suite. A program that ends with an error has failed whatever it counted, and one that could not run,
 * or did not say what it was asked for, is one failed case that says why.
 */
export function suiteOf(suite: SuiteDefinition, end: SuiteEnd, written: string | undefined): TestSuite {
  const broken = breakdownOf(suite, end)
  if (broken !== undefined) return failedSuite(suite, end, broken)
  const counted = readCounts(suite, end, written)
  if (counted === undefined) {
    if (suite.result_format === 'simple') return byExitCode(suite, end)
    const reason = `did not write a result in the format '${suite.result_format}'${exitText(end)}`
    return failedSuite(suite, end, reason)
  }
  const { cases, ...counts } = counted
  if (end.exit_code !== 0 && counts.failed === 0) {
    const reason = `counted no failure but ended with exit code ${end.exit_code}`
    const more = failedSuite(suite, end, reason)
    return {
      ...more,
      ...counts,
      total: counts.total + 1,
      failed: 1,
      testCases: [...cases, ...more.testCases],
    }
  }
  const shown =
    cases.length > 0 ? cases : [caseOf(suite, end, { status: counts.failed > 0 ? 'failed' : 'passed' })]
  return { ...headOf(suite, end), ...counts, testCases: shown }
}

export type SuiteOutput = { suite: SuiteDefinition; end: SuiteEnd; written: string | undefined }

/** Output up to this size is read in some milliseconds. */
const INLINE_CHARACTERS = 256 * 1024
const BUDGET_MS = 10_000

/** The same without holding up the process: a pack may write megabytes. */
export async function readSuite(output: SuiteOutput, threads: Threads): Promise<TestSuite> {
  const { suite, end, written } = output
  if ((written ?? '').length + end.stdout.length + end.stderr.length <= INLINE_CHARACTERS)
    return suiteOf(suite, end, written)
  const read = await threads.run(suiteJob, output, BUDGET_MS)
  return read.kind === 'done'
    ? read.output
    : failedSuite(suite, end, `wrote a result that cannot be read: ${read.reason}`)
}

export function suiteOfOutput({ suite, end, written }: SuiteOutput): TestSuite {
  return suiteOf(suite, end, written)
}

const suiteJob = jobOf(suiteOfOutput, import.meta.url)

function headOf(suite: SuiteDefinition, end: SuiteEnd) {
  return { name: suite.name, runnerType: suite.type, durationMs: end.duration_ms }
}

function breakdownOf({ timeout }: SuiteDefinition, end: SuiteEnd): string | undefined {
  if (end.start_error !== null) return `could not be started: ${end.start_error}`
  if (end.timed_out) return `was still running after ${timeout} seconds and was stopped`
  if (end.exit_code === null) return 'was stopped before it ended'
  return undefined
}

function exitText({ exit_code }: SuiteEnd): string {
  return exit_code === 0 ? '' : ` (exit code ${exit_code})`
}

function failedSuite(suite: SuiteDefinition, end: SuiteEnd, reason: string): TestSuite {
  const testCases: TestCase[] = [
    { ...caseOf(suite, end, { status: 'error' }), name: `${suite.name}_execution`, errorMessage: reason },
  ]
  return { ...headOf(suite, end), total: 0, passed: 0, failed: 1, skipped: 0, testCases }
}

/** A program that says nothing is one test, and its exit code the result. */
function byExitCode(suite: SuiteDefinition, end: SuiteEnd): TestSuite {
  const passed = end.exit_code === 0
  return {
    ...headOf(suite, end),
    total: 1,
    passed: passed ? 1 : 0,
    failed: passed ? 0 : 1,
    skipped: 0,
    testCases: [caseOf(suite, end, { status: passed ? 'passed' : 'failed' })],
  }
}

function caseOf(suite: SuiteDefinition, end: SuiteEnd, { status }: Pick<TestCase, 'status'>): TestCase {
  const failed = status !== 'passed'
  return {
    name: `${suite.name}_suite`,
    status,
    durationMs: end.duration_ms,
    errorMessage: failed ? `ended with exit code ${end.exit_code ?? 'none'}` : null,
    stdout: tail(end.stdout),
    stderr: tail(end.stderr),
  }
}

function tail(text: string): string | null {
  return text === '' ? null : text.slice(-KEPT)
}

function readCounts(
  { result_format }: SuiteDefinition,
  { stdout, stderr }: SuiteEnd,
  written: string | undefined,
): CountedCases | undefined {
  switch (result_format) {
    case 'simple':
      return readSimple(written ?? stdout) ?? readSimple(stderr)
    case 'json':
      return readJson(written ?? stdout)
    case 'junit':
      return readJunit(written ?? stdout)
  }
}

/** Lines such as `Total Tests: 4`; the first of each counts. */
export function readSimple(text: string): CountedCases | undefined {
  const count = (label: string): number | undefined => {
    const [, digits] = new RegExp(`${label}:\\s*(\\d{1,9})\\b`).exec(text) ?? []
    return digits === undefined ? undefined : Number(digits)
  }
  const [total, passed] = [count('Total Tests'), count('Passed')]
  if (total === undefined || passed === undefined) return undefined
  const skipped = count('Skipped') ?? 0
  const failed = count('Failed') ?? Math.max(0, total - passed - skipped)
  return { total, passed, failed, skipped, cases: [] }
}

const count = Type.Integer({ minimum: 0, maximum: 1_000_000 })
const jsonResult = Compile(
  Type.Object({
    total: count,
    passed: count,
    failed: count,
    skipped: Type.Optional(count),
    tests: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String(),
          status: Type.Union(['passed', 'failed', 'skipped', 'error'].map((one) => Type.Literal(one))),
          duration_ms: Type.Optional(Type.Number({ minimum: 0 })),
          message: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        }),
        { maxItems: 10_000 },
      ),
    ),
  }),
)

/** `{total, passed, failed, skipped, tests: [{name, status, duration_ms, message}]}`, alone or on the last line. */
export function readJson(text: string): CountedCases | undefined {
  const value = parse(text) ?? parse(text.trim().split('\n').at(-1) ?? '')
  if (!jsonResult.Check(value)) return undefined
  const { total, passed, failed, skipped = 0, tests = [] } = value
  const cases = tests.map(({ name, status, duration_ms, message }) => ({
    name,
    status: statusOf(status),
    durationMs: Math.round(duration_ms ?? 0),
    errorMessage: message ?? null,
    stdout: null,
    stderr: null,
  }))
  return { total, passed, failed, skipped, cases }
}

function statusOf(word: string): TestCase['status'] {
  return word === 'passed' || word === 'failed' || word === 'skipped' ? word : 'error'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // what a suite prints need not be JSON
  }
}
