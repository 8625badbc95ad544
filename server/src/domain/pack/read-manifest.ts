import { valid } from 'semver'
import type { JsonObject } from '../../json.ts'
import { checkParameterSchema } from '../parameter-schema/check.ts'
import { checkConstraint } from '../runtime/version.ts'
import { parsePackDependency, parseRuntimeDependency } from './dependency.ts'
import type { PackFile } from './file-format/pack-file.ts'
import { complain, complainAt, type Findings, type Place, warn } from './findings.ts'
import type { PackDefinition, PackTesting } from './pack-definition.ts'
import { isPackRef } from './reference.ts'
import type { YamlSource } from './yaml-source.ts'

/** What `pack.yaml` says about the pack itself. */
export type Manifest = Omit<
  PackDefinition,
  'permission_sets' | 'runtimes' | 'triggers' | 'actions' | 'rules' | 'sensors' | 'warnings'
>

export function readManifest(source: YamlSource, content: PackFile, findings: Findings): Manifest {
  checkNames(source, content, findings)
  checkDependencies(source, content, findings)
  const { ref, version, config = {}, runtime_deps = [], dependencies = [] } = content
  return {
    ref,
    version,
    config,
    runtime_deps,
    dependencies,
    ...descriptionOf(source, content, findings),
    conf_schema: confSchema(source, content, findings),
    is_standard: content.system ?? content.is_standard ?? false,
    least_versions: { python: content.python ?? null, nodejs: content.nodejs ?? null },
    testing: content.testing === undefined ? null : readTesting(content.testing),
  }
}

function descriptionOf(source: YamlSource, content: PackFile, findings: Findings) {
  const tags = content.tags ?? content.keywords ?? []
  const words = tags.filter((tag) => typeof tag === 'string')
  if (words.length < tags.length) warn(findings, source, ['tags'], 'tags that are no text are left out')
  return {
    label: content.label ?? content.name ?? content.ref,
    description: content.description ?? null,
    meta: content.meta ?? content.metadata ?? {},
    tags: words,
  }
}

function checkNames(source: YamlSource, { ref, version }: PackFile, findings: Findings): void {
  if (!isPackRef(ref)) {
    complain(
      findings,
      source,
      ['ref'],
      `'${ref}' cannot be a pack ref; use a-z, 0-9, _ and - behind a first letter`,
    )
  }
  if (valid(version) === null || !/^\d/.test(version)) {
    complain(findings, source, ['version'], `'${version}' is not a semantic version such as 1.0.0`)
  }
}

function checkDependencies(source: YamlSource, content: PackFile, findings: Findings): void {
  const say = (place: Place, message: string) => complain(findings, source, place, message)
  content.dependencies?.forEach((text, index) => {
    const dependency = parsePackDependency(text)
    if (dependency === undefined)
      say(['dependencies', index], `'${text}' is not of the form ref or ref@range`)
    if (dependency?.ref === content.ref) say(['dependencies', index], 'is the pack itself')
  })
  content.runtime_deps?.forEach((text, index) => {
    if (parseRuntimeDependency(text) !== undefined) return
    say(['runtime_deps', index], `'${text}' is not of the form name or name>=version`)
  })
  for (const language of ['python', 'nodejs'] as const) {
    const problem = checkConstraint(`>=${content[language] ?? '0'}`)
    if (problem !== undefined) say([language], 'must be a version such as "3.11"')
  }
}

function confSchema(source: YamlSource, content: PackFile, findings: Findings): JsonObject {
  const key = content.conf_schema === undefined ? 'config_schema' : 'conf_schema'
  const schema = content[key] ?? {}
  for (const { field, message } of checkParameterSchema(schema, key)) {
    complainAt(findings, source, field, message)
  }
  return schema
}

const testTimeoutSeconds = 300

function readTesting({
  enabled,
  runners,
  min_pass_rate,
  on_failure,
}: NonNullable<PackFile['testing']>): PackTesting {
  return {
    enabled,
    runners: Object.entries(runners).map(([name, { type, entry_point, timeout }]) => {
      return { name, type, entry_point, timeout: timeout ?? testTimeoutSeconds }
    }),
    min_pass_rate: min_pass_rate ?? 1,
    on_failure: on_failure ?? 'block',
  }
}
