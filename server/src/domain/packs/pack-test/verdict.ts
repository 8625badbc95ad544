import type { TestResult, TestSuite } from './pack-test.ts'

type Run = Pick<TestResult, 'packRef' | 'packVersion' | 'executionTime' | 'durationMs'>

/** Adds the suites of a run up. */
export function resultOf(run: Run, testSuites: TestSuite[]): TestResult {
  const sum = (of: (suite: TestSuite) => number) => testSuites.reduce((all, suite) => all + of(suite), 0)
  const counts = {
    totalTests: sum(({ total }) => total),
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
  }
  const { totalTests, passed } = counts
  return {
    ...run,
    ...counts,
    status: statusOf(counts),
    passRate: totalTests === 0 ? 0 : Math.min(1, passed / totalTests),
    testSuites,
  }
}

function statusOf({
  totalTests,
  passed,
  failed,
}: Pick<TestResult, 'totalTests' | 'passed' | 'failed'>): TestResult['status'] {
  if (failed > 0) return 'failed'
  if (passed === 0) return 'skipped'
  return passed === totalTests ? 'passed' : 'partial'
}

/** Whether a run is good enough: of what was not skipped, the demanded share passed. */
export function isGood(
  { passed, failed }: Pick<TestResult, 'passed' | 'failed'>,
  leastRate: number,
): boolean {
  return failed === 0 || passed / (passed + failed) >= leastRate
}

/** What failed, a line for each case. */
export function failuresOf({ testSuites }: TestResult): { field: string; message: string }[] {
  return testSuites
    .filter(({ failed }) => failed > 0)
    .flatMap(({ name, passed, failed, testCases }) => {
      const bad = testCases.filter(({ status }) => status === 'failed' || status === 'error')
      if (bad.length === 0) return [{ field: name, message: `${failed} failed, ${passed} passed` }]
      return bad.map((one) => ({
        field: `${name}.${one.name}`,
        message: [one.errorMessage ?? one.status, lastLine(one.stderr) ?? lastLine(one.stdout)]
          .filter((part) => part !== undefined)
          .join(': '),
      }))
    })
    .slice(0, 50)
}

function lastLine(text: string | null): string | undefined {
  return text?.trim().split('\n').at(-1)
}
