import sax, { type QualifiedTag, type Tag } from 'sax'
import type { CountedCases, TestCase } from './pack-test.ts'

/** More cases than this are counted and not kept. */
const KEPT = 1000
const MESSAGE = 4000

/** What a JUnit report counts; undefined when the text is no such report. */
export function readJunit(text: string): CountedCases | undefined {
  const report = sax.parser(true, { trim: true })
  const cases: TestCase[] = []
  const counts = { total: 0, passed: 0, failed: 0, skipped: 0 }
  let current: TestCase | undefined
  let isReport = false
  let broken = false
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a parser, not an event target
  report.onerror = () => {
    broken = true
    report.resume() // the parser throws at what follows otherwise
  }
  report.onopentag = ({ name, attributes }: Tag | QualifiedTag) => {
    const value = (key: string) => textOf(attributes[key])
    if (name === 'testsuite' || name === 'testsuites') isReport = true
    if (name === 'testcase') current = newCase(value('classname'), value('name'), value('time'))
    if (current !== undefined && isOutcome(name)) {
      current.status = outcomes[name]
      current.errorMessage = value('message') === '' ? null : value('message').slice(0, MESSAGE)
    }
  }
  report.onclosetag = (name) => {
    if (name !== 'testcase' || current === undefined) return
    counts.total += 1
    if (current.status === 'passed') counts.passed += 1
    else if (current.status === 'skipped') counts.skipped += 1
    else counts.failed += 1
    if (cases.length < KEPT) cases.push(current)
    current = undefined
  }
  report.write(text.trim()).close()
  return isReport && !broken ? { ...counts, cases } : undefined
}

const outcomes = { failure: 'failed', error: 'error', skipped: 'skipped' } as const

function isOutcome(name: string): name is keyof typeof outcomes {
  return Object.hasOwn(outcomes, name)
}

function newCase(classname: string, name: string, time: string): TestCase {
  const seconds = Number(time)
  return {
    name: [classname, name].filter((part) => part !== '').join('.'),
    status: 'passed',
    durationMs: Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) : 0,
    errorMessage: null,
    stdout: null,
    stderr: null,
  }
}

function textOf(
  attribute: Tag['attributes'][string] | QualifiedTag['attributes'][string] | undefined,
): string {
  if (attribute === undefined) return ''
  return typeof attribute === 'string' ? attribute : attribute.value
}
