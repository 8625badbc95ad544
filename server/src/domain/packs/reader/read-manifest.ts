import { valid } from 'semver'
import type { JsonObject } from '../../../json.ts'
import { checkParameterSchema } from '../../schema/check.ts'
import { checkConstraint } from '../../definition/form/version.ts'
import { checkConfig } from '../../definition/pack/config.ts'
import { parsePackDependency, parseRuntimeDependency } from './dependency.ts'
import type { PackFile } from '../file-format/pack-file.ts'
import {
  complain,
  complainAt,
  type Findings,
  type YamlPlace,
  warn,
  type YamlSource,
} from '../yaml/findings.ts'
import type { PackDefinition, PackTesting } from './pack-definition.ts'
import type { PackTree } from './pack-tree.ts'
import { isPackRef } from './reference.ts'

/** What `pack.yaml` says about the pack itself. */
export type Manifest = Omit<
  PackDefinition,
  'permission_sets' | 'runtimes' | 'triggers' | 'actions' | 'rules' | 'sensors' | 'warnings'
>

const dependencyFiles = ['requirements.txt', 'package.json', 'go.mod', 'Gemfile', 'cpanfile', 'renv.lock']

export function readManifest(
  tree: PackTree,
  source: YamlSource,
  content: PackFile,
  findings: Findings,
): Manifest {
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
    dependency_files: dependencyFiles.filter((file) => isFileOf(tree, file)),
    testing: content.testing === undefined ? null : readTesting(content.testing, { source, tree, findings }),
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
  const say = (place: YamlPlace, message: string) => complain(findings, source, place, message)
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
  const problems = checkParameterSchema(schema, key)
  const misfits = problems.length > 0 ? [] : checkConfig(schema, content.config ?? {})
  for (const { field, message } of [...problems, ...misfits]) complainAt(findings, source, field, message)
  return schema
}

const testTimeoutSeconds = 300
const defaultReports: Readonly<Record<string, string>> = { junit: '.attune-junit.xml' }

function readTesting(
  { enabled, runners, min_pass_rate, on_failure }: NonNullable<PackFile['testing']>,
  { source, tree, findings }: { source: YamlSource; tree: PackTree; findings: Findings },
): PackTesting {
  return {
    enabled,
    runners: Object.entries(runners).map(([name, runner]) => {
      const { type, entry_point, timeout, result_format = 'simple', result_path } = runner
      const say = (key: string, message: string) =>
        complain(findings, source, ['testing', 'runners', name, key], message)
      for (const [key, path] of Object.entries({ entry_point, result_path: result_path ?? '' })) {
        if (!isBelow(path)) say(key, 'must be a path below the pack')
      }
      if (type === 'script' && isBelow(entry_point) && !isFileOf(tree, entry_point)) {
        say('entry_point', `names ${entry_point}, which does not exist`)
      }
      const report = type === 'pytest' ? (defaultReports[result_format] ?? null) : null
      return {
        name,
        type,
        entry_point,
        timeout: timeout ?? testTimeoutSeconds,
        result_format,
        result_path: result_path ?? report,
      }
    }),
    min_pass_rate: min_pass_rate ?? 1,
    on_failure: on_failure ?? 'block',
  }
}

/** A leading dash would be an option of the program that runs it. */
function isBelow(path: string): boolean {
  return !/^[/-]|\\|\0/.test(path) && !path.split('/').includes('..')
}

function isFileOf({ entries }: PackTree, path: string): boolean {
  return entries.some((entry) => entry.path === path && (entry.kind === 'file' || entry.file))
}
