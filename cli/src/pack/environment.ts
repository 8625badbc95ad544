import type { Schemas } from '@attune/client/dist/requests.js'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, maybeText, row, text } from '../row.ts'

export type Environment = {
  runtime: string
  worker: string | undefined
  status: string
  /** The status is about to change: a build is under way or wanted. */
  unsettled: boolean
  path: string
  installed: string | undefined
  error: string | undefined
  log: string | undefined
}

export const environments: View<Environment> = {
  read(value) {
    const environment = row<Schemas['PackEnvironment']>(value)
    const version = maybeText(environment, 'runtime_version_text')
    const status = text(environment, 'status')
    const runtime = text(environment, 'runtime_ref')
    return {
      runtime: version === undefined ? runtime : `${runtime} ${version}`,
      worker: maybeText(environment, 'worker_name'),
      status,
      unsettled: (status !== 'ready' && status !== 'failed') || flag(environment, 'rebuild_requested'),
      path: text(environment, 'env_path'),
      installed: maybeText(environment, 'installed_at'),
      error: maybeText(environment, 'install_error'),
      log: maybeText(environment, 'install_log'),
    }
  },
  key: ({ path }) => path,
  columns: [
    ['Runtime', ({ runtime }) => runtime],
    ['Worker', ({ worker }) => worker ?? ''],
    ['Status', ({ status }) => status],
    ['Installed', ({ installed }) => when(installed)],
    ['Error', ({ error }) => lastLine(error)],
  ],
  details: ({ runtime, worker, status, path, installed }) => [
    ['Runtime', runtime],
    ['Worker', worker ?? ''],
    ['Status', status],
    ['Installed', when(installed)],
    ['Path', path],
  ],
  sections: ({ error, log }) => [
    ...(error === undefined ? [] : [{ title: 'Error', log: error }]),
    ...(log === undefined || log === '' ? [] : [{ title: 'Log', log }]),
  ],
}

/** Package managers say last what went wrong. */
function lastLine(text: string | undefined): string {
  return text?.trimEnd().split('\n').at(-1) ?? ''
}
