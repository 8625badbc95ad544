import { stat } from 'node:fs/promises'
import type { Static, TObject } from 'typebox'
import type { Component, Reading } from './columns.ts'
import { type Components, crossCheck } from './cross-check.ts'
import { checkForm, type FileForm, fileForm } from '../file-format/check-form.ts'
import { PackFile } from '../file-format/pack-file.ts'
import { ActionFile, SensorFile } from '../file-format/program-files.ts'
import { PermissionSetFile, RuleFile, TriggerFile } from '../file-format/rule-files.ts'
import { RuntimeFile } from '../file-format/runtime-file.ts'
import { type Findings, located, noFindings, warningText, type PackProblem } from '../yaml/findings.ts'
import { Problem } from '../../../problem.ts'
import { nearest } from '../../../text/nearest.ts'
import type { PackDefinition } from './pack-definition.ts'
import { type PackEntry, type PackTree, scanPack } from './pack-tree.ts'
import { refuseLineEnds } from './line-ends.ts'
import { type Manifest, readManifest } from './read-manifest.ts'
import { readAction, readSensor } from './read-program.ts'
import { readPermissionSet, readRule, readTrigger } from './read-rule.ts'
import { readRuntime } from './read-runtime.ts'
import { componentRef, isPackRef } from './reference.ts'
import { readYaml } from '../yaml/read-yaml.ts'

const forms = {
  manifest: fileForm(PackFile),
  permission_set: fileForm(PermissionSetFile),
  runtime: fileForm(RuntimeFile),
  trigger: fileForm(TriggerFile),
  action: fileForm(ActionFile),
  rule: fileForm(RuleFile),
  sensor: fileForm(SensorFile),
}

/** Where components are, one YAML file each. */
const folders = ['permission_sets', 'runtimes', 'triggers', 'actions', 'rules', 'sensors']

/** Folders whose files a pack may have, but which nobody would read. */
const unsupported: ReadonlyMap<string, string> = new Map([
  ['queues', 'work queue files'],
  ['policies', 'policy files'],
  ['workflows', 'workflow files'],
  ['actions/workflows', 'workflow files'],
])

/** What the files of a pack define, or everything that is wrong with them; and what is odd about them in any case. */
export type PackReading = SoundReading | ({ problems: PackProblem[]; ref: string | undefined } & Remarks)
export type SoundReading = { pack: PackDefinition } & Remarks
type Remarks = {
  warnings: PackProblem[]
  /** Adds to a problem that is found later where in its file it is. */
  locate(problem: PackProblem): PackProblem
}

/** Reads the pack of a directory. */
export async function readPack(dir: string): Promise<PackReading> {
  return (await isDirectory(dir)) ? readTree(await scanPack(dir)) : notThere(dir)
}

/**
 * Reads the files of a pack, all of them, and answers either what they define or everything that is wrong with them.
 * Writes nothing, asks no database, and runs nothing of the pack.
 */
export async function readTree(tree: PackTree): Promise<PackReading> {
  const findings: Findings = { ...noFindings(), problems: [...tree.problems] }
  const manifest = await readPackFile(tree, findings)
  const named = nameIn(findings)
  const reading = { tree, pack_ref: named ?? 'pack', findings: named === undefined ? noFindings() : findings }
  const components = await readComponents(reading)
  if (named === undefined) addNameless(findings, reading.findings)
  refuseUnsupported(tree, findings)
  await refuseLineEnds(tree, findings)
  warnOfOddFolders(tree, findings)
  const { warnings } = findings
  const locate = (problem: PackProblem) => located(findings, problem)
  if (named !== undefined) {
    const complete = findings.unread.length === 0
    findings.problems.push(...crossCheck({ ref: named, ...components }, { complete }).map(locate))
  }
  if (manifest === undefined || findings.problems.length > 0)
    return { problems: findings.problems, ref: named, warnings, locate }
  return { pack: { ...manifest, ...components, warnings: warnings.map(warningText) }, warnings, locate }
}

/** The reading of a pack without problems; throws all problems of another one, which is named by what it calls itself. */
export function requireSound(reading: PackReading, what: string): SoundReading {
  if ('pack' in reading) return reading
  refuse(reading.ref ?? what, reading.problems)
  throw new Error(`The pack '${what}' was refused without a reason.`)
}

/** Throws every problem of a pack at once. */
export function refuse(what: string, problems: readonly PackProblem[]): void {
  const [first] = problems
  if (first === undefined) return
  const place = [first.file, first.field].filter((part) => part !== '').join(': ')
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : ''
  const message = `The pack '${what}' cannot be registered: ${place}${place === '' ? '' : ' '}${first.message}${more}.`
  throw new Problem('BAD_REQUEST', message, [...problems])
}

function notThere(dir: string): PackReading {
  const problems = [{ file: '', field: '', message: `'${dir}' is not a directory` }]
  return { problems, ref: undefined, warnings: [], locate: (problem) => problem }
}

/** The name of the pack, also where something else in its manifest is wrong. */
function nameIn({ sources }: Findings): string | undefined {
  const ref = sources.get('pack.yaml')?.value['ref']
  return typeof ref === 'string' && isPackRef(ref) ? ref : undefined
}

/** Of a pack whose name is not known, what is wrong with the names in its other files is not known either. */
function addNameless(findings: Findings, found: Findings): void {
  findings.warnings.push(...found.warnings)
  findings.problems.push(...found.problems.filter(({ field }) => !/(^|_)(ref|types?)\b/.test(field)))
}

async function isDirectory(dir: string): Promise<boolean> {
  const stats = await stat(dir).catch(() => undefined) // nothing there is no directory either
  return stats?.isDirectory() === true
}

async function readPackFile(tree: PackTree, findings: Findings): Promise<Manifest | undefined> {
  const entry = tree.entries.find(({ path }) => path === 'pack.yaml')
  if (entry === undefined) {
    findings.problems.push({ file: 'pack.yaml', field: '', message: 'does not exist; every pack has one' })
    return undefined
  }
  const source = await readYaml(tree.root, entry.path, findings)
  if (source === undefined) return undefined
  const content = checkForm(forms.manifest, source, findings)
  return content && readManifest(tree, source, content, findings)
}

async function readComponents(reading: Reading): Promise<Components> {
  const runtimes = await readAll(reading, 'runtimes', forms.runtime, readRuntime)
  return {
    runtimes,
    permission_sets: await readAll(reading, 'permission_sets', forms.permission_set, readPermissionSet),
    triggers: await readAll(reading, 'triggers', forms.trigger, readTrigger),
    actions: await readAll(reading, 'actions', forms.action, (component) => readAction(component, runtimes)),
    rules: await readAll(reading, 'rules', forms.rule, readRule),
    sensors: await readAll(reading, 'sensors', forms.sensor, (component) => readSensor(component, runtimes)),
  }
}

async function readAll<T extends TObject, Definition>(
  reading: Reading,
  folder: string,
  form: FileForm<T>,
  read: (component: Component<Static<T>>) => Definition | Promise<Definition>,
): Promise<Definition[]> {
  const definitions: Definition[] = []
  for (const entry of yamlFiles(reading.tree, folder)) {
    const source = await readYaml(reading.tree.root, entry.path, reading.findings)
    const content = source && checkForm(form, source, reading.findings)
    if (source !== undefined && content === undefined) reading.findings.unread.push(entry.path)
    if (source === undefined || content === undefined) continue
    const ref = componentRef(reading.pack_ref, source, content, reading.findings)
    definitions.push(await read({ reading, source, content, ref }))
  }
  return definitions
}

/** The YAML files that lie directly in a folder, in the order of their names. */
function yamlFiles(tree: PackTree, folder: string): PackEntry[] {
  return tree.entries.filter((entry) => {
    const at = entry.path.lastIndexOf('/')
    const isFile = entry.kind === 'file' || entry.file
    return isFile && entry.path.slice(0, at) === folder && /^[^.].*\.ya?ml$/.test(entry.path.slice(at + 1))
  })
}

function refuseUnsupported(tree: PackTree, findings: Findings): void {
  for (const [folder, what] of unsupported) {
    for (const { path } of yamlFiles(tree, folder)) {
      findings.problems.push({ file: path, field: '', message: `${what} are not supported by this version` })
    }
  }
}

/** `action/send.yaml` would be passed over in silence. */
function warnOfOddFolders(tree: PackTree, findings: Findings): void {
  const used = tree.entries.filter(({ path }) => /^[^/]+\/[^/]+\.ya?ml$/.test(path))
  for (const folder of new Set(used.map(({ path }) => path.slice(0, path.indexOf('/'))))) {
    if (folders.includes(folder) || unsupported.has(folder)) continue
    const close = nearest(folder, folders)
    if (close === undefined) continue
    const message = `is not read; did you mean ${close}/?`
    findings.warnings.push({ file: `${folder}/`, field: '', message })
  }
}
