import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ParseResult } from 'rolldown/utils'
import { blanked, parse, type Range, type Syntax, syntaxOf } from './syntax.ts'

/** The folder of the whole project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * A file of ours as the rules read it. Paths count from the root and use `/` everywhere. It is parsed once, when the
 * first rule asks for more than its text.
 */
export type SourceFile = {
  readonly path: string
  readonly text: string
  readonly parsed: ParseResult
  readonly syntax: Syntax
  /** The text with comments blanked: positions and lines stay. */
  readonly code: string
  /** The code with the content of every string blanked too. */
  readonly bare: string
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

export function sourceOf(path: string, text = read(path)): SourceFile {
  const parsed = once(() => parse(path, text))
  const syntax = once(() => syntaxOf(parsed()))
  const code = once(() => blanked(text, parsed().comments))
  const bare = once(() => blanked(text, [...parsed().comments, ...syntax().strings]))
  return {
    path,
    text,
    get parsed() {
      return parsed()
    },
    get syntax() {
      return syntax()
    },
    get code() {
      return code()
    },
    get bare() {
      return bare()
    },
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => (made ??= { value: make() }).value
}

/** Program files: what is compiled or run, tests included. */
export const sources: readonly SourceFile[] = [
  'server',
  'cli',
  'client',
  'web',
  'bench',
  'packs',
  'scripts',
  'test',
]
  .flatMap(filesBelow)
  .filter((path) => /\.(ts|tsx|mjs)$/.test(path))
  .map((path) => sourceOf(path))

const isTest = (path: string) =>
  path.includes('/test/') || path.startsWith('test/') || /\.test\.tsx?$/.test(path)

/** Program files without tests and what only tests use. */
export const program: readonly SourceFile[] = sources.filter(({ path }) => !isTest(path))

/** The server's program files. */
export const server: readonly SourceFile[] = program.filter(({ path }) => path.startsWith('server/src/'))

/** What a file imports or re-exports, also by `import()`. An import counts as type-only when nothing is left of it at run time. */
export function importsOf({
  text,
  parsed = parse('source.ts', text),
}: Pick<SourceFile, 'code' | 'text'> & Partial<Pick<SourceFile, 'parsed'>>): Import[] {
  const { module } = parsed
  const types = (entries: readonly { isType: boolean }[]) =>
    entries.length > 0 && entries.every(({ isType }) => isType)
  const found = [
    ...module.staticImports.map(({ start, entries, moduleRequest }) => ({
      start,
      specifier: moduleRequest.value,
      type_only: types(entries),
    })),
    ...module.staticExports.flatMap(({ start, entries }) => {
      const specifier = entries[0]?.moduleRequest?.value
      return specifier === undefined ? [] : [{ start, specifier, type_only: types(entries) }]
    }),
    ...module.dynamicImports.flatMap(({ start, moduleRequest }) => {
      const [, specifier] = /^['"](.+)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end)) ?? []
      return specifier === undefined ? [] : [{ start, specifier, type_only: false }]
    }),
  ]
  return found
    .sort((one, other) => one.start - other.start)
    .map(({ start, ...rest }) => ({ line: lineOf(text, start), ...rest }))
}

/** The path that a relative import leads to, from the root; undefined for a package. */
export function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/** Where `pattern` occurs, as `path:line what it matched`. */
export function occurrences<Part extends 'text' | 'code' | 'bare'>(
  files: readonly Pick<SourceFile, 'path' | 'text' | Part>[],
  part: Part,
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

/** Places in a file, as `path:line` and the beginning of what stands there. */
export function placesOf({ path, text }: SourceFile, ranges: readonly Range[]): string[] {
  return ranges.map(
    ({ start, end }) => `${path}:${lineOf(text, start)} ${text.slice(start, end).split('\n')[0]}`,
  )
}
