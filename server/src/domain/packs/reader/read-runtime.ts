import type { JsonObject } from '../../../json.ts'
import { checkPattern } from '../../schema/pattern.ts'
import type { Component } from './component.ts'
import type { RuntimeFile, VersionEntry } from '../file-format/runtime-file.ts'
import { complain, type Place } from '../yaml/findings.ts'
import type { RuntimeDefinition, RuntimeVersionDefinition } from './pack-definition.ts'
import { labelOf } from './reference.ts'

export function readRuntime(component: Component<RuntimeFile>): RuntimeDefinition {
  const { source, ref, content } = component
  checkConfiguration(component, content, [])
  return {
    file: source.file,
    ref,
    name: content.name ?? labelOf(ref),
    description: content.description ?? null,
    aliases: [...new Set((content.aliases ?? []).map((alias) => alias.trim().toLowerCase()))],
    distributions: content.distributions ?? {},
    installation: content.installation ?? null,
    execution_config: content.execution_config ?? {},
    versions: content.versions === undefined ? null : readVersions(component, content.versions),
  }
}

function readVersions(
  component: Component<RuntimeFile>,
  entries: VersionEntry[],
): RuntimeVersionDefinition[] {
  const { reading, source } = component
  entries.forEach((entry, index) => {
    const place = ['versions', index]
    checkConfiguration(component, entry, place)
    const say = (message: string) => complain(reading.findings, source, [...place, 'version'], message)
    if (!numbers.test(entry.version)) say('must be a version such as "3.12"')
    if (entries.findIndex(({ version }) => version === entry.version) < index) say('is listed twice')
  })
  if (entries.filter(({ is_default }) => is_default === true).length > 1) {
    complain(reading.findings, source, ['versions'], 'has several defaults; leave is_default to one of them')
  }
  return entries.map(readVersion)
}

const numbers = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+.].*)?$/

function readVersion(entry: VersionEntry): RuntimeVersionDefinition {
  const [, major, minor, patch] = numbers.exec(entry.version) ?? []
  return {
    version: entry.version,
    version_major: Number(major),
    version_minor: minor === undefined ? null : Number(minor),
    version_patch: patch === undefined ? null : Number(patch),
    is_default: entry.is_default ?? false,
    distributions: entry.distributions ?? {},
    execution_config: entry.execution_config ?? {},
    meta: entry.meta ?? {},
  }
}

type Configuration = Pick<RuntimeFile, 'distributions' | 'execution_config'>

function checkConfiguration(
  { reading, source }: Component<RuntimeFile>,
  { distributions, execution_config }: Configuration,
  place: Place,
): void {
  distributions?.verification?.commands?.forEach(({ pattern }, index) => {
    const problem = pattern === undefined ? undefined : checkPattern(pattern)
    const at = [...place, 'distributions', 'verification', 'commands', index, 'pattern']
    if (problem !== undefined) complain(reading.findings, source, at, problem)
  })
  const variables: JsonObject = execution_config?.env_vars ?? {}
  for (const name of Object.keys(variables)) {
    const problem = variableProblem(name)
    const at = [...place, 'execution_config', 'env_vars', name]
    if (problem !== undefined) complain(reading.findings, source, at, problem)
  }
}

function variableProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'is not a name of an environment variable'
  return name.startsWith('ATTUNE_') ? 'begins with ATTUNE_, which is reserved for the platform' : undefined
}
