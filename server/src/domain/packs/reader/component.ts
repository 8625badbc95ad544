import type { JsonObject } from '../../../json.ts'
import { checkParameterSchema } from '../../schema/check.ts'
import { checkConstraint } from '../../definition/form/version.ts'
import { complain, complainAt, type Findings, type YamlSource } from '../yaml/findings.ts'
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

/** A parameter schema under one of the spellings of its key; null when none is given. */
export function schemaColumn<Content>(
  { source, reading }: Component<Content>,
  ...spellings: [key: string, schema: JsonObject | undefined][]
): JsonObject | null {
  const [key, schema] = spellings.find(([, schema]) => schema !== undefined) ?? []
  if (key === undefined || schema === undefined) return null
  for (const { field, message } of checkParameterSchema(schema, key)) {
    complainAt(reading.findings, source, field, message)
  }
  return schema
}

/** A version constraint, null when none is given. */
export function constraintColumn({
  source,
  reading,
  content,
}: Component<{ runtime_version?: string }>): string | null {
  const { runtime_version } = content
  if (runtime_version === undefined) return null
  const problem = checkConstraint(runtime_version)
  if (problem !== undefined) complain(reading.findings, source, ['runtime_version'], problem)
  return runtime_version
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
