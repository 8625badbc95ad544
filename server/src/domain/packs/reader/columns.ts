import type { Json } from '../../../json.ts'
import { problemsOf, tidied } from '../../definition/form/content.ts'
import { type DefaultedOf, eachField, type Fields } from '../../definition/form/field.ts'
import { complainAt, type Findings, type YamlSource } from '../yaml/findings.ts'
import type { PackTree } from './pack-tree.ts'
import { labelOf, targetRef } from './reference.ts'

/** What the readers of all component files of one pack share. */
export type Reading = { tree: PackTree; pack_ref: string; findings: Findings }

/** One component file whose form is right: what it says, and what it is called. */
export type Component<Content> = { reading: Reading; source: YamlSource; content: Content; ref: string }

/** The columns that every component has. */
export function namedColumns({ source, ref, content }: Component<{ label?: string; description?: string }>) {
  return {
    file: source.file,
    ref,
    label: content.label ?? labelOf(ref),
    description: content.description ?? null,
  }
}

/** What a file gives of the fields of its kind, by the first of their keys that is there, else the default. */
export function fieldColumns<F extends Fields>(
  { source, reading, content }: Component<object>,
  fields: F,
): DefaultedOf<F> {
  const given = new Map<string, Json>(Object.entries(content))
  return eachField(fields, (field, name) => {
    if (field.filled !== 'given' || field.otherwise === undefined) return undefined
    const key = Object.keys(field.file ?? {}).find((key) => given.has(key)) ?? name
    const value = field.file === undefined ? undefined : tidied(field, given.get(key))
    for (const problem of problemsOf(field, key, value))
      complainAt(reading.findings, source, problem.field, problem.message)
    return value ?? field.otherwise
  })
}

/** A list of texts that may be written as one; blanks are dropped. Undefined when neither key is there. */
export function textList(...spellings: (string | string[] | undefined)[]): string[] | undefined {
  const given = spellings.find((one) => one !== undefined)
  if (given === undefined) return undefined
  return [given].flat().flatMap((text) => (text.trim() === '' ? [] : [text.trim()]))
}

/** A ref to a trigger or action, of this pack or another one. */
export function refColumn<Content>(
  { source, reading }: Component<Content>,
  field: string,
  ref: string,
): string {
  return targetRef(reading.pack_ref, source, [field, ref], reading.findings)
}
