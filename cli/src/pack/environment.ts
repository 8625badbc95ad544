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
