import type { Schemas } from '@attune/client/dist/requests.js'
import { lifetime, type SummaryOrDetail, type View } from '../output/view.ts'

export const actions: View<SummaryOrDetail<Schemas['ActionSummary'], Schemas['ActionDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', 'pack_ref', 'details'],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Runtime', ({ runtime_ref, runtime }) => runtime_ref ?? runtime],
    ['Description', ({ description }) => description, 'list'],
    ['Entry Point', ({ entrypoint }) => entrypoint, 'details'],
    ['Accepts variables', ({ accepted_env_vars }) => names(accepted_env_vars), 'details'],
    ['Gets keys', ({ key_refs }) => names(key_refs), 'details'],
    ...lifetime,
  ],
  sections: ({ param_schema, out_schema }) => [
    { title: 'Parameters', value: param_schema ?? undefined },
    { title: 'Output', value: out_schema ?? undefined },
  ],
}

function names(refs: readonly string[] = []): string | undefined {
  return refs.length === 0 ? undefined : refs.join(', ')
}
