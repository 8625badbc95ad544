import { Command } from 'commander'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { integer, type Row, row, rows, text } from '../row.ts'
import type { Shell } from '../shell.ts'

/** Tests of a pack may take their time before the API answers. */
export const TESTS_WITHIN_MS = 3_600_000

type TestRun = {
  packRef: string
  status: string
  counts: string
  time: string
  suites: { name: string; counts: string }[]
  failures: string
}

const testRuns: View<TestRun> = {
  read(value) {
    const run = row(value)
    const suites = rows(run, 'testSuites')
    return {
      packRef: text(run, 'packRef'),
      status: text(run, 'status'),
      counts: countsOf(run),
      time: text(run, 'executionTime'),
      suites: suites.map((suite) => ({ name: text(suite, 'name'), counts: countsOf(suite) })),
      failures: suites.flatMap(failuresOf).join('\n'),
    }
  },
  key: ({ status }) => status,
  columns: [],
  details: ({ packRef, status, counts, time, suites }) => [
    ['Pack', packRef],
    ['Status', status],
    ['Tests', counts],
    ['Began', when(time)],
    ...suites.map(({ name, counts }): [string, string] => [name, counts]),
  ],
  sections: ({ failures }) => (failures === '' ? [] : [{ title: 'Failures', log: failures }]),
}

function countsOf(counted: Row): string {
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((name) => integer(counted, name))
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

function failuresOf(suite: Row): string[] {
  return rows(suite, 'testCases')
    .filter((one) => one.status === 'failed' || one.status === 'error')
    .map((one) => {
      const output = [one.stdout, one.stderr].filter((text) => typeof text === 'string')
      const reason = typeof one.errorMessage === 'string' ? `: ${one.errorMessage}` : ''
      return [`${text(suite, 'name')}: ${text(one, 'name')}${reason}`, ...output].join('\n').trimEnd()
    })
}

/** `attune pack test REF` */
export function packTest(shell: Shell): Command {
  return new Command('test')
    .description('run the tests that a registered pack brings; exits 1 when one fails')
    .argument('<ref>', 'pack, like demo')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      const request = { path: { ref } }
      const { data } = await client.change('post', '/api/v1/packs/{ref}/test', request, {
        withinMs: TESTS_WITHIN_MS,
      })
      out.item(data, testRuns)
      if (testRuns.read(data).status === 'failed') shell.finish('failed')
    })
}
