import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { complain, type Findings, warn, type YamlSource } from '../yaml/findings.ts'
import { isInside, type PackTree } from './pack-tree.ts'

/**
 * The file that `entry_point` names, relative to its folder. A leading `actions/` (or `sensors/`) is tolerated.
 * The real file must lie in that folder, because workers start nothing else.
 */
export async function programFile(
  tree: PackTree,
  source: YamlSource,
  { folder, entryPoint }: { folder: 'actions' | 'sensors'; entryPoint: string | undefined },
  findings: Findings,
): Promise<string> {
  const name = (entryPoint ?? '').trim().replace(new RegExp(`^${folder}/`), '')
  const refusal = await refusalOf(tree, folder, name)
  if (refusal !== undefined) complain(findings, source, ['entry_point'], refusal)
  return name
}

async function refusalOf(tree: PackTree, folder: string, name: string): Promise<string | undefined> {
  if (name === '') return `is required; name a file in ${folder}/`
  if (name.includes('://')) return 'must be a file of the pack, not an address'
  const home = join(tree.root, folder)
  const full = join(home, name)
  if (name.startsWith('/') || name.includes('\\') || !isInside(home, full)) {
    return `must be a path below ${folder}/, such as 'send.sh'`
  }
  const real = await realpath(full).catch(() => undefined) // also a link to nothing
  if (real === undefined) return `names ${folder}/${name}, which does not exist`
  if (!isInside(home, real)) return `names ${folder}/${name}, which leads out of ${folder}/`
  return (await stat(real)).isFile() ? undefined : `names ${folder}/${name}, which is not a file`
}

/** A native program starts only when it may be executed, which not every way of copying a pack keeps. */
export function warnUnlessExecutable(
  tree: PackTree,
  source: YamlSource,
  path: string,
  findings: Findings,
): void {
  const entry = tree.entries.find((one) => one.path === path)
  if (entry?.kind === 'file' && !entry.executable) {
    warn(findings, source, ['entry_point'], `${path} is not executable; a native program has to be`)
  }
}
