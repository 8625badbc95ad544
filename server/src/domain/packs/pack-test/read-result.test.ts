import { expect, test } from 'vitest'
import type { TestSuite } from './pack-test.ts'
import { suiteOf } from './read-result.ts'
import type { SuiteDefinition, SuiteEnd } from './suite.ts'
import { failuresOf, isGood, resultOf } from './verdict.ts'

const suite: SuiteDefinition = {
  name: 'unit',
  type: 'script',
  entry_point: 't.sh',
  timeout: 10,
  result_format: 'simple',
  result_path: null,
}

function end(more: Partial<SuiteEnd> = {}): SuiteEnd {
  return {
    stdout: '',
    stderr: '',
    exit_code: 0,
    timed_out: false,
    start_error: null,
    duration_ms: 5,
    ...more,
  }
}

const counts = ({ total, passed, failed, skipped }: TestSuite) => ({ total, passed, failed, skipped })

test.each<
  [what: string, format: SuiteDefinition['result_format'], more: Partial<SuiteEnd>, expected: object]
>([
  ['says nothing and exits well', 'simple', {}, { total: 1, passed: 1, failed: 0, skipped: 0 }],
  [
    'says nothing and exits badly',
    'simple',
    { exit_code: 3 },
    { total: 1, passed: 0, failed: 1, skipped: 0 },
  ],
  [
    'counts on standard output',
    'simple',
    { stdout: 'Total Tests: 4\nPassed: 3\nSkipped: 1\n' },
    { total: 4, passed: 3, failed: 0, skipped: 1 },
  ],
  [
    'counts on standard error',
    'simple',
    { stderr: 'Total Tests: 2\nPassed: 1\nFailed: 1\n', exit_code: 1 },
    { total: 2, passed: 1, failed: 1, skipped: 0 },
  ],
  [
    'counts no failure and exits badly',
    'simple',
    { stdout: 'Total Tests: 2\nPassed: 2\n', exit_code: 1 },
    { total: 3, passed: 2, failed: 1, skipped: 0 },
  ],
  [
    'runs out of time',
    'simple',
    { stdout: 'Total Tests: 2\nPassed: 2\n', exit_code: null, timed_out: true },
    { total: 0, passed: 0, failed: 1, skipped: 0 },
  ],
  [
    'cannot be started',
    'simple',
    { start_error: 'no such program', exit_code: null },
    { total: 0, passed: 0, failed: 1, skipped: 0 },
  ],
  [
    'prints JSON after other words',
    'json',
    { stdout: 'testing…\n{"total": 2, "passed": 1, "failed": 1}\n', exit_code: 1 },
    { total: 2, passed: 1, failed: 1, skipped: 0 },
  ],
  [
    'prints no JSON where it should',
    'json',
    { stdout: 'all fine' },
    { total: 0, passed: 0, failed: 1, skipped: 0 },
  ],
  [
    'prints a JUnit report',
    'junit',
    {
      stdout:
        '<?xml version="1.0"?><testsuites><testsuite><testcase classname="a" name="one" time="0.5"/>' +
        '<testcase name="two"><failure message="no &amp; never">x</failure></testcase>' +
        '<testcase name="three"><skipped/></testcase></testsuite></testsuites>',
      exit_code: 1,
    },
    { total: 3, passed: 1, failed: 1, skipped: 1 },
  ],
  [
    'prints a broken report',
    'junit',
    { stdout: '<testsuite><testcase name="one">' },
    { total: 0, passed: 0, failed: 1, skipped: 0 },
  ],
])('a suite that %s', (_, result_format, more, expected) => {
  expect(counts(suiteOf({ ...suite, result_format }, end(more), undefined))).toEqual(expected)
})

test('a result in a file wins over what is printed', () => {
  const written = '{"total": 1, "passed": 1, "failed": 0}'

  expect(counts(suiteOf({ ...suite, result_format: 'json' }, end({ stdout: 'words' }), written)).passed).toBe(
    1,
  )
})

test('the cases of a JUnit report keep their names, times and reasons', () => {
  const report =
    '<testsuite><testcase classname="a" name="one" time="0.5"/><testcase name="two"><error message="boom"/></testcase></testsuite>'

  const { testCases } = suiteOf(
    { ...suite, result_format: 'junit' },
    end({ stdout: report, exit_code: 1 }),
    undefined,
  )

  expect(testCases).toMatchObject([
    { name: 'a.one', status: 'passed', durationMs: 500, errorMessage: null },
    { name: 'two', status: 'error', errorMessage: 'boom' },
  ])
})

test('a suite that could not run says why', () => {
  const run = suiteOf(suite, end({ exit_code: null, timed_out: true }), undefined)

  expect(run.testCases).toMatchObject([
    { name: 'unit_execution', status: 'error', errorMessage: expect.stringContaining('after 10 seconds') },
  ])
})

function resultWith(passed: number, failed: number, skipped: number) {
  const run = { packRef: 'depot', packVersion: '1.0.0', executionTime: '2031-01-01T00:00:00Z', durationMs: 1 }
  const one: TestSuite = {
    name: 'unit',
    runnerType: 'script',
    total: passed + failed + skipped,
    passed,
    failed,
    skipped,
    durationMs: 1,
    testCases: [],
  }
  return resultOf(run, [one])
}

test.each([
  [resultWith(3, 0, 0), 'passed', 1],
  [resultWith(2, 1, 0), 'failed', 2 / 3],
  [resultWith(2, 0, 2), 'partial', 0.5],
  [resultWith(0, 0, 2), 'skipped', 0],
  [resultWith(0, 0, 0), 'skipped', 0],
])('a run adds up to a status and a rate', (result, status, passRate) => {
  expect(result).toMatchObject({ status, passRate })
})

test.each([
  [resultWith(9, 1, 5), 0.9, true],
  [resultWith(9, 1, 5), 1, false],
  [resultWith(0, 0, 3), 1, true],
  [resultWith(0, 1, 0), 0.1, false],
])('what was skipped does not count for the share that must pass', (result, rate, good) => {
  expect(isGood(result, rate)).toBe(good)
})

test('what failed is named, also where only its number is known', () => {
  expect(failuresOf(resultWith(1, 2, 0))).toEqual([{ field: 'unit', message: '2 failed, 1 passed' }])
})
