import { answerOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { when } from '../output/time.ts'
import type { Column, View } from '../output/view.ts'
import type { Shell } from '../shell.ts'

/** Tests of a pack may take their time before the API answers. */
export const TESTS_WITHIN_MS = 3_600_000

type TestRun = Schemas['PackTestResult']
type Suite = TestRun['testSuites'][number]

function viewOf({ testSuites }: TestRun): View<TestRun> {
  const failures = testSuites.flatMap(failuresOf).join('\n')
  return {
    key: 'status',
    columns: [
      ['Pack', 'packRef'],
      ['Status', 'status'],
      ['Tests', countsOf],
      ['Began', ({ executionTime }) => when(executionTime)],
      ...testSuites.map((suite): Column<TestRun> => [suite.name, () => countsOf(suite)]),
    ],
    sections: () => [{ title: 'Failures', log: failures === '' ? undefined : failures }],
  }
}

function countsOf({ passed, failed, skipped }: Pick<Suite, 'passed' | 'failed' | 'skipped'>): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

function failuresOf({ name: suite, testCases }: Suite): string[] {
  return testCases
    .filter(({ status }) => status === 'failed' || status === 'error')
    .map(({ name, errorMessage, stdout, stderr }) => {
      const output = [stdout, stderr].filter((text) => text !== null)
      const reason = errorMessage === null ? '' : `: ${errorMessage}`
      return [`${suite}: ${name}${reason}`, ...output].join('\n').trimEnd()
    })
}

/** `attune pack test REF` */
export function packTest(shell: Shell): Command {
  return new Command('test')
    .description('run the tests that a registered pack brings; exits 1 when one fails')
    .argument('<ref>', 'pack, like demo')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      const { data } = await answerOf(
        client.POST('/api/v1/packs/{ref}/test', {
          params: { path: { ref } },
          fetch: client.sending({ withinMs: TESTS_WITHIN_MS }),
        }),
      )
      out.item(data, viewOf(data))
      if (data.status === 'failed') shell.finish('failed')
    })
}
