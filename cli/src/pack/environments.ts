import { answerOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import { when } from '../output/time.ts'
import type { SummaryOrDetail, View } from '../output/view.ts'

type Environment = SummaryOrDetail<Schemas['PackEnvironmentState'], Schemas['PackEnvironment']>

export const environments: View<Environment> = {
  key: 'env_path',
  columns: [
    [
      'Runtime',
      ({ runtime_ref, runtime_version_text }) => [runtime_ref, runtime_version_text ?? []].flat().join(' '),
    ],
    ['Worker', ({ worker_name }) => worker_name],
    ['Status', 'status'],
    ['Installed', ({ installed_at }) => when(installed_at)],
    ['Path', 'env_path', 'details'],
    ['Error', ({ install_error }) => lastLine(install_error), 'list'],
  ],
  sections: ({ install_error, install_log }) => [
    { title: 'Error', log: install_error ?? undefined },
    { title: 'Log', log: install_log || undefined },
  ],
}

/** The status is about to change: a build is under way or wanted. */
export function isUnsettled({ status, rebuild_requested }: Environment): boolean {
  return (status !== 'ready' && status !== 'failed') || rebuild_requested
}

/** Package managers say last what went wrong. */
function lastLine(text: string | null): string {
  return text?.trimEnd().split('\n').at(-1) ?? ''
}

/** `attune pack environments REF` */
export function packEnvironments(shell: Shell): Command {
  return pageable(new Command('environments'))
    .alias('envs')
    .description('show how the environments of a pack are on the workers; with --log what their builds said')
    .argument('<ref>', 'pack, like demo')
    .option('--log', 'show each with its error and log')
    .action(async (ref: string, { log, ...options }: ListOptions & { log?: boolean }) => {
      const session = await shell.open()
      const path = '/api/v1/packs/{ref}/environments'
      if (log !== true || session.out.format !== 'table')
        return printList(
          session.out,
          (paged) => session.client.GET(path, { params: { path: { ref }, query: paged } }),
          environments,
          options,
        )
      const { data: rows } = await answerOf(
        session.client.GET(path, { params: { path: { ref }, query: { per_page: 1000 } } }),
      )
      for (const environment of rows) session.out.item(environment, environments)
    })
}
