import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blanked } from './blank.ts'

/** The folder of the whole project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A file of ours as the rules read it. Paths count from the root and use `/` everywhere. */
export type SourceFile = {
  path: string
  text: string
  /** The text with comments blanked: positions and lines stay. */
  code: string
  /** The code with the content of every string blanked too. */
  bare: string
}

export type Import = { line: number; specifier: string; type_only: boolean }

const skipped = new Set(['node_modules', 'dist', 'coverage', '.git', '.attune'])

/** Every file below `folder`, built and installed ones left out. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function sourceOf(path: string): SourceFile {
  const text = read(path)
  return { path, text, ...blanked(text) }
}

/** Program files: what is compiled or run, tests included. */
export const sources: readonly SourceFile[] = ['server', 'cli', 'web', 'bench', 'packs', 'scripts', 'test']
  .flatMap(filesBelow)
  .filter((path) => /\.(ts|tsx|mjs)$/.test(path))
  .map(sourceOf)

const isTest = (path: string) =>
  path.includes('/test/') || path.startsWith('test/') || /\.test\.tsx?$/.test(path)

/** Program files without tests and what only tests use. */
export const program: readonly SourceFile[] = sources.filter(({ path }) => !isTest(path))

/** The server's program files. */
export const server: readonly SourceFile[] = program.filter(({ path }) => path.startsWith('server/src/'))

/** What a file imports or re-exports, also by `import()`. An import counts as type-only when nothing is left of it at run time. */
export function importsOf({ code, text }: Pick<SourceFile, 'code' | 'text'>): Import[] {
  const statement =
    /^(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
  return [...code.matchAll(statement)].map((found) => ({
    line: lineOf(text, found.index),
    specifier: found[2] ?? found[3] ?? found[4] ?? '',
    type_only: found[1] !== undefined && isTypeOnly(found[1]),
  }))
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  return names !== undefined && names.length > 0 && names.every((name) => name.startsWith('type '))
}

/** The path that a relative import leads to, from the root; undefined for a package. */
export function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/** Where `pattern` occurs, as `path:line what it matched`. */
export function occurrences(
  files: readonly SourceFile[],
  part: 'text' | 'code' | 'bare',
  pattern: RegExp,
): string[] {
  return files.flatMap((file) =>
    [...file[part].matchAll(pattern)].map((found) => {
      const [matched] = file.text
        .slice(found.index, found.index + found[0].length)
        .trim()
        .split('\n')
      const start = found.index + (found[0].length - found[0].trimStart().length)
      return `${file.path}:${lineOf(file.text, start)} ${matched}`
    }),
  )
}

/** A path of the machine as a path of the project. */
export function fromRoot(path: string): string {
  return relative(root, path).split(sep).join('/')
}
