import { expect, test } from 'vitest'
import { doors, exceptions, harmless, layers, pure, reachesOut } from './import-rules.ts'
import { type Import, importsOf, program, type SourceFile, server, targetOf } from './source.ts'

const base = 'server/src/'
const within = (path: string) => path.slice(base.length)

function layerOf(path: string): string {
  const inside = within(path)
  if (inside === 'main.ts') return inside
  return inside.includes('/') ? inside.slice(0, inside.indexOf('/')) : '.'
}

type Edge = Import & { from: string; to: string }

/** Every import of one file of ours by another. */
function edgesOf(files: readonly SourceFile[]): Edge[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap((one) => {
      const to = targetOf(file.path, one.specifier)
      return to === undefined ? [] : [{ ...one, from: file.path, to }]
    }),
  )
}

const inServer = edgesOf(server)
const show = ({ from, line, to, type_only }: Edge, why: string) =>
  `${from}:${line} imports ${to}${type_only ? ' (types)' : ''}: ${why}`

function refusalOf(edge: Edge): string | undefined {
  const [from, to] = [layerOf(edge.from), layerOf(edge.to)]
  const layer = layers[from]
  if (layer === undefined) return `the folder ${from} has no place in test/import-rules.ts`
  if (from === to || layer.uses.includes(to)) return undefined
  if (edge.type_only && layer.names?.includes(to)) return undefined
  const meant = exceptions.some(
    (exception) => exception.from.test(within(edge.from)) && exception.to.test(within(edge.to)),
  )
  return meant ? undefined : `${from} may not import ${to}`
}

test('imports go one way: services, then the flow and the edges, then the nouns, then messages and database', () => {
  const violations = inServer.flatMap((edge) => {
    const why = edge.to.startsWith(base) ? refusalOf(edge) : 'outside of server/src'
    return why === undefined ? [] : [show(edge, why)]
  })

  expect(violations).toEqual([])
})

test('every folder of the server has a place in the layers, and every layer a folder', () => {
  const planned = ['realtime']
  const folders = new Set(server.map(({ path }) => layerOf(path)))

  expect([...folders].filter((folder) => layers[folder] === undefined)).toEqual([])
  expect(Object.keys(layers).filter((layer) => !folders.has(layer) && !planned.includes(layer))).toEqual([])
})

test('a noun uses the queries and the rules of another noun, never its endpoints', () => {
  const nounOf = (path: string) => /^server\/src\/domain\/([^/]+)\//.exec(path)?.[1]
  const violations = inServer
    .filter(
      ({ from, to }) => nounOf(from) !== undefined && nounOf(from) !== nounOf(to) && to.endsWith('routes.ts'),
    )
    .map((edge) => show(edge, 'belongs to the other noun alone'))

  expect(violations).toEqual([])
})

test('each door to the outside is opened by one folder', () => {
  const violations = server.flatMap((file) =>
    importsOf(file)
      .filter(({ specifier, type_only }) => {
        const door = doors[specifier]
        return door !== undefined && !type_only && !door.test(within(file.path))
      })
      .map(
        ({ line, specifier }) => `${file.path}:${line} imports ${specifier}: only ${doors[specifier]} may`,
      ),
  )

  expect(violations).toEqual([])
})

test('pure files reach nothing outside, neither themselves nor through what they import', () => {
  const byPath = new Map(server.map((file) => [file.path, file]))
  const isPure = (path: string) => pure.some((pattern) => pattern.test(within(path)))

  /** The way from a file to what reaches out, as paths; undefined when there is none. */
  function wayOut(path: string, visited: Set<string>): string[] | undefined {
    const file = byPath.get(path)
    if (file === undefined || visited.has(path) || harmless.some((pattern) => pattern.test(within(path))))
      return undefined
    visited.add(path)
    for (const { specifier, type_only } of importsOf(file)) {
      if (type_only) continue
      if (reachesOut.test(specifier)) return [path, specifier]
      const target = targetOf(path, specifier)
      const way = target === undefined ? undefined : wayOut(target, visited)
      if (way !== undefined) return [path, ...way]
    }
    return undefined
  }
  const violations = server
    .filter(({ path }) => isPure(path))
    .flatMap(({ path }) => wayOut(path, new Set())?.join(' → ') ?? [])

  expect(violations).toEqual([])
})

test.each(pure)('some file is pure by %s', (pattern) => {
  expect(server.filter(({ path }) => pattern.test(within(path)))).not.toEqual([])
})

test('pure files read no clock, no chance and no environment of their own', () => {
  const reads = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.\w+|\bperformance\./g
  const violations = server
    .filter(({ path }) => pure.some((pattern) => pattern.test(within(path))))
    .flatMap(({ path, bare }) => [...bare.matchAll(reads)].map(([read]) => `${path} reads ${read}`))

  expect(violations).toEqual([])
})

test('the command line, the web page and the packs stand alone: they share no code with the server', () => {
  const violations = edgesOf(program)
    .filter(({ from, to }) => /^(cli|web|packs)\//.test(from) && to.split('/')[0] !== from.split('/')[0])
    .map((edge) => show(edge, 'what they share is the API'))

  expect(violations).toEqual([])
})
