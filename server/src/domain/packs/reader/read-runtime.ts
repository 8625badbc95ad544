import type { JsonObject } from '../../../json.ts'
import { checkPattern } from '../../schema/pattern.ts'
import { variableProblem } from '../../definition/runtime/check.ts'
import { runtime } from '../../definition/runtime/runtime.ts'
import { isVersion, type VersionContent, versionContent } from '../../definition/runtime/version-list.ts'
import { type Component, fieldColumns } from './columns.ts'
import type { RuntimeFile, VersionEntry } from '../file-format/runtime-file.ts'
import { complain, type YamlPlace } from '../yaml/findings.ts'
import type { RuntimeDefinition } from './pack-definition.ts'
import { labelOf } from './reference.ts'

export function readRuntime(component: Component<RuntimeFile>): RuntimeDefinition {
  const { source, ref, content } = component
  checkConfiguration(component, content, [])
  return {
    ...fieldColumns(component, runtime.fields),
    file: source.file,
    ref,
    name: content.name ?? labelOf(ref),
    description: content.description ?? null,
    distributions: content.distributions ?? {},
    execution_config: content.execution_config ?? {},
    versions: content.versions === undefined ? null : readVersions(component, content.versions),
  }
}

function readVersions(component: Component<RuntimeFile>, entries: VersionEntry[]): VersionContent[] {
  const { reading, source } = component
  entries.forEach((entry, index) => {
    const place = ['versions', index]
    checkConfiguration(component, entry, place)
    const say = (message: string) => complain(reading.findings, source, [...place, 'version'], message)
    if (!isVersion(entry.version)) say('must be a version such as "3.12"')
    if (entries.findIndex(({ version }) => version === entry.version) < index) say('is listed twice')
  })
  if (entries.filter(({ is_default }) => is_default === true).length > 1) {
    complain(reading.findings, source, ['versions'], 'has several defaults; leave is_default to one of them')
  }
  return entries.map(versionContent)
}

type Configuration = Pick<RuntimeFile, 'distributions' | 'execution_config'>

function checkConfiguration(
  { reading, source }: Component<RuntimeFile>,
  { distributions, execution_config }: Configuration,
  place: YamlPlace,
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
