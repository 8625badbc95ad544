import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { json, maybeInteger, maybeText, type Row, row, text, texts } from '../row.ts'

export type Action = {
  ref: string
  pack_ref: string
  label: string
  description: string | undefined
  entrypoint: string | undefined
  runtime: string
  accepted_env_vars: string[]
  key_refs: string[]
  created: string
  updated: string
  param_schema: Json
  out_schema: Json
}

export const actions: View<Action> = {
  read(value) {
    const action = row<Schemas['ActionDetail']>(value)
    return {
      ref: text(action, 'ref'),
      pack_ref: text(action, 'pack_ref'),
      label: text(action, 'label'),
      description: maybeText(action, 'description'),
      entrypoint: maybeText(action, 'entrypoint'),
      runtime: maybeText(action, 'runtime_ref') ?? runtimeName(action),
      accepted_env_vars: texts(action, 'accepted_env_vars'),
      key_refs: texts(action, 'key_refs'),
      created: text(action, 'created'),
      updated: text(action, 'updated'),
      param_schema: json(action, 'param_schema'),
      out_schema: json(action, 'out_schema'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Label', ({ label }) => label],
    ['Runtime', ({ runtime }) => runtime],
    ['Description', ({ description }) => description ?? ''],
  ],
  details: (action) => [
    ['Ref', action.ref],
    ['Pack', action.pack_ref],
    ['Label', action.label],
    ['Description', action.description ?? ''],
    ['Runtime', action.runtime],
    ['Entry Point', action.entrypoint ?? ''],
    ...named('Accepts variables', action.accepted_env_vars),
    ...named('Gets keys', action.key_refs),
    ['Created', when(action.created)],
    ['Updated', when(action.updated)],
  ],
  sections: ({ param_schema, out_schema }) => [
    ...(param_schema === null ? [] : [{ title: 'Parameters', value: param_schema }]),
    ...(out_schema === null ? [] : [{ title: 'Output', value: out_schema }]),
  ],
}

function named(title: string, names: readonly string[]): [string, string][] {
  return names.length === 0 ? [] : [[title, names.join(', ')]]
}

function runtimeName(action: Row<Schemas['ActionDetail']>): string {
  return maybeInteger(action, 'runtime')?.toString() ?? ''
}
