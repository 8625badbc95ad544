import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'

/* A run of the tests of a pack. Its fields are spelled as clients of the platform know them. */

const count = Type.Integer({ minimum: 0 })

export const TestCase = Type.Object({
  name: Type.String(),
  status: oneOf(['passed', 'failed', 'skipped', 'error']),
  durationMs: count,
  errorMessage: nullable(Type.String()),
  stdout: nullable(Type.String()),
  stderr: nullable(Type.String()),
})
export type TestCase = Static<typeof TestCase>

export const TestSuite = Type.Object({
  name: Type.String(),
  runnerType: Type.String(),
  total: count,
  passed: count,
  failed: count,
  skipped: count,
  durationMs: count,
  testCases: Type.Array(TestCase),
})
export type TestSuite = Static<typeof TestSuite>

/** What a suite says that it counted. */
export type CountedCases = Pick<TestSuite, 'total' | 'passed' | 'failed' | 'skipped'> & { cases: TestCase[] }

export const TestResult = Type.Object(
  {
    packRef: Type.String(),
    packVersion: Type.String(),
    executionTime: timestamp,
    status: oneOf(['passed', 'failed', 'skipped', 'partial']),
    totalTests: count,
    passed: count,
    failed: count,
    skipped: count,
    passRate: Type.Number({ minimum: 0, maximum: 1 }),
    durationMs: count,
    testSuites: Type.Array(TestSuite),
  },
  { title: 'PackTestResult' },
)
export type TestResult = Static<typeof TestResult>

export const triggerReasons = ['install', 'update', 'manual', 'validation'] as const
export type TriggerReason = (typeof triggerReasons)[number]

/** A run as it is stored and listed. */
export const TestExecution = Type.Object(
  {
    id: id('pack_test_execution'),
    packId: id('pack'),
    packVersion: Type.String(),
    executionTime: timestamp,
    triggerReason: oneOf(triggerReasons),
    totalTests: count,
    passed: count,
    failed: count,
    skipped: count,
    passRate: Type.Number(),
    durationMs: count,
    result: anyJson,
    created: timestamp,
  },
  { title: 'PackTestExecution' },
)
export type TestExecution = Static<typeof TestExecution>
