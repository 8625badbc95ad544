import { expect, test } from 'vitest'
import {
  classes,
  defaultExports,
  emptyWords,
  generated,
  lintRules,
  MAX_LINES,
  mutableFiles,
  namedFolders,
} from './file-rules.ts'
import { occurrences, placesOf, program, read, server, type SourceFile, sources } from './source.ts'

/** `a/b-c.integration.test.ts` as its folders and its name: `a`, `b-c`. */
function namesOf(path: string): { folders: string[]; name: string } {
  const parts = path.split('/')
  const name = (parts.pop() ?? '').replace(/(\.(integration|test|config|d))*\.\w+$/, '')
  return { folders: parts, name }
}

const lastWord = (name: string) => name.split(/[-_.]/).at(-1) ?? ''

test('no file and no folder has a name that says nothing', () => {
  const files = sources.flatMap(({ path }) => (emptyWords.test(lastWord(namesOf(path).name)) ? [path] : []))
  const folders = sources.flatMap(({ path }) =>
    namesOf(path)
      .folders.map((_, depth, all) => all.slice(0, depth + 1).join('/'))
      .filter(
        (folder) =>
          emptyWords.test(lastWord(folder.split('/').at(-1) ?? '')) && !namedFolders.includes(folder),
      ),
  )

  expect([...files, ...new Set(folders)]).toEqual([])
})

test('files of the server, the command line and the bench are in kebab-case', () => {
  const named = program.filter(({ path }) => /^(server|cli|bench)\//.test(path))

  expect(
    named.flatMap(({ path }) => (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(namesOf(path).name) ? [] : [path])),
  ).toEqual([])
})

test(`no file has more than ${MAX_LINES} lines`, () => {
  const long = program
    .filter(({ path }) => !generated.includes(path))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)

  expect(long.map(({ path, lines }) => `${path} has ${lines}`)).toEqual([])
})

test('nothing re-exports a whole file, and only tools get a default export', () => {
  const exported = sources.filter(({ path }) => !defaultExports.some((pattern) => pattern.test(path)))
  const exportsOf = (file: SourceFile) => file.parsed.module.staticExports.flatMap(({ entries }) => entries)
  const whole = (file: SourceFile) =>
    exportsOf(file).filter(({ importName: { kind } }) => kind === 'All' || kind === 'AllButDefault')
  const byDefault = (file: SourceFile) =>
    exportsOf(file).filter(({ exportName: { kind, name } }) => kind === 'Default' || name === 'default')

  expect(sources.flatMap((file) => placesOf(file, whole(file)))).toEqual([])
  expect(exported.flatMap((file) => placesOf(file, byDefault(file)))).toEqual([])
})

test('types leave no code behind, and nothing is any: no enum, no namespace, no parameter property, no decorator', () => {
  const typescript = sources.filter(({ path }) => /\.tsx?$/.test(path))

  expect(typescript.flatMap((file) => placesOf(file, file.syntax.unwanted))).toEqual([])
})

test('the linter holds what cannot be read from the text', () => {
  const { rules }: { rules: Record<string, unknown> } = JSON.parse(read('.oxlintrc.json'))
  const held = Object.entries(rules).flatMap(([rule, level]) => ([level].flat()[0] === 'error' ? [rule] : []))

  expect(held).toEqual(expect.arrayContaining([...lintRules]))
})

test('a class stands only for what has a lifetime, and inherits from errors alone', () => {
  const elsewhere = program.filter(({ path }) => !classes.some((pattern) => pattern.test(path)))

  expect(elsewhere.flatMap((file) => placesOf(file, file.syntax.classes))).toEqual([])
  const heirs = (file: SourceFile) =>
    file.syntax.classes.filter(
      ({ parent }) => parent !== undefined && file.text.slice(parent.start, parent.end) !== 'Error',
    )
  expect(program.flatMap((file) => placesOf(file, heirs(file)))).toEqual([])
})

test('no file of the server keeps a value of its own that changes', () => {
  const listed = new Set(mutableFiles.map(({ path }) => path))
  const variables = server.filter(({ path }) => !listed.has(path))

  expect(variables.flatMap((file) => placesOf(file, file.syntax.variables))).toEqual([])
  expect([...listed].filter((path) => !server.some((file) => file.path === path))).toEqual([])
})

test('no lint rule is switched off without a reason beside it', () => {
  const bare =
    /(?:oxlint|eslint)-disable(?:-next-line|-line)?(?![^\n]*--)[^\n]*|@ts-(?:ignore|nocheck)[^\n]*|@ts-expect-error\s*$/gm

  expect(occurrences(program, 'text', bare)).toEqual([])
})

test('no test is switched off or left alone', () => {
  const tests = sources.filter(({ path }) => path.endsWith('.test.ts'))

  expect(
    occurrences(
      tests,
      'bare',
      /\b(?:test|it|describe)\.(?:skip|only|todo|fails)\b|\bx(?:it|test|describe)\(/g,
    ),
  ).toEqual([])
})
