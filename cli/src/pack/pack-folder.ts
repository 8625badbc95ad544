import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { Failure } from '../failure.ts'
import { ifThere } from '../if-there.ts'

/** Not part of a pack: history, and what interpreters and systems leave behind. */
const leftOut: ReadonlySet<string> = new Set(['.git', '__pycache__', '__MACOSX', '.DS_Store'])
const ignoreFiles = ['.gitignore', '.ignore']

/**
 * The files of a pack's folder by path, sorted as the server sorts them, and what was passed over: links, and files and
 * folders that .gitignore or .ignore name.
 */
export type PackFolder = { root: string; files: string[]; links: string[]; ignored: string[] }

/** What one folder says is to be ignored below it. */
type Rules = { base: string; rules: Ignore }

/** Lists a pack's files: not what .gitignore and .ignore name, and no links, which a server refuses. */
export async function readPackFolder(root: string): Promise<PackFolder> {
  const folder: PackFolder = { root, files: [], links: [], ignored: [] }
  await walk(folder, '', [])
  if (!folder.files.includes('pack.yaml')) {
    throw new Failure('usage', `There is no pack.yaml in ${root}.`)
  }
  folder.files.sort((a, b) => (a < b ? -1 : 1))
  return folder
}

async function walk(folder: PackFolder, at: string, above: readonly Rules[]): Promise<void> {
  const here = join(folder.root, at)
  const entries = await readdir(here, { withFileTypes: true })
  const rules = [...above, ...(await rulesOf(here, at))]
  for (const entry of entries) {
    const path = at === '' ? entry.name : `${at}/${entry.name}`
    if (leftOut.has(entry.name)) continue
    const named = entry.isDirectory() ? `${path}/` : path
    if (isIgnored(rules, named)) folder.ignored.push(named)
    else if (entry.isDirectory()) await walk(folder, path, rules)
    else if (entry.isFile()) folder.files.push(path)
    else folder.links.push(path)
  }
}

async function rulesOf(folder: string, base: string): Promise<Rules[]> {
  const texts = await Promise.all(ignoreFiles.map((name) => ifThere(readFile(join(folder, name), 'utf8'))))
  const lines = texts.filter((text) => text !== undefined)
  return lines.length === 0 ? [] : [{ base, rules: ignore().add(lines.join('\n')) }]
}

/** The last file that says anything about a path decides. */
function isIgnored(all: readonly Rules[], path: string): boolean {
  return all.reduce((ignored, { base, rules }) => {
    const verdict = rules.test(base === '' ? path : path.slice(base.length + 1))
    return verdict.ignored || (ignored && !verdict.unignored)
  }, false)
}

/** Whether a path is a folder. Throws a failure when there is nothing. */
export async function isFolder(path: string): Promise<boolean> {
  const stats = await ifThere(lstat(path))
  if (stats === undefined) throw new Failure('usage', `There is no ${path}.`)
  return stats.isDirectory()
}

const MOST_NAMED = 5

/** Says what is left out because a file says so: a program may need it. */
export function ignoredWarning({ ignored }: PackFolder): string | undefined {
  if (ignored.length === 0) return undefined
  const named = ignored.toSorted().slice(0, MOST_NAMED).join(', ')
  const more = ignored.length > MOST_NAMED ? ` and ${ignored.length - MOST_NAMED} more` : ''
  return `Left out, because .gitignore or .ignore names it: ${named}${more}. An .ignore with '!NAME' takes it along.`
}

/** Says which links are left out. */
export function linksWarning({ links }: PackFolder): string | undefined {
  if (links.length === 0) return undefined
  const [first] = links
  return `${links.length === 1 ? `${first} is` : `${first} and ${links.length - 1} more are`} left out: no plain file.`
}
