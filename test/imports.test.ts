import { expect, test } from 'vitest'
import { circlesOf } from './circles.ts'
import {
  doors,
  endpoints,
  endpointsOfKinds,
  harmless,
  mayKnow,
  pure,
  reachesOut,
  rooms,
  wings,
} from './import-rules.ts'
import { type Import, importsOf, program, type SourceFile, server, targetOf } from './source.ts'

const base = 'server/src/'
const within = (path: string) => path.slice(base.length)

/** The room of the rules that a file is in: the wing for files of `domain`, else the folder at the top. */
function roomOf(path: string): string {
  const inside = within(path)
  if (inside === 'main.ts') return inside
  const [top = '', wing = ''] = inside.split('/')
  if (!inside.includes('/')) return '.'
  return top === 'domain' ? `domain/${wing}` : top
}

const folderOf = (path: string) => (path === `${base}main.ts` ? path : path.slice(0, path.lastIndexOf('/')))

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
  const [from, to] = [roomOf(edge.from), roomOf(edge.to)]
  if (rooms[from] === undefined) return `the folder ${from} has no place in test/import-rules.ts`
  const known = mayKnow(from)
  if (from === to || known.includes(to) || (to.startsWith('domain/') && known.includes('domain')))
    return undefined
  return to === 'http' && endpoints.test(within(edge.from)) ? undefined : `${from} may not import ${to}`
}

test('imports go one way: services, then the flow and the edges, then the wings, then messages and database', () => {
  const violations = inServer.flatMap((edge) => {
    const why = edge.to.startsWith(base) ? refusalOf(edge) : 'outside of server/src'
    return why === undefined ? [] : [show(edge, why)]
  })

  expect(violations).toEqual([])
})

test('every folder of the server has a place in the rules, and every place a folder', () => {
  const planned = ['realtime']
  const folders = new Set(server.map(({ path }) => roomOf(path)))

  expect([...folders].filter((folder) => rooms[folder] === undefined)).toEqual([])
  expect(Object.keys(rooms).filter((room) => !folders.has(room) && !planned.includes(room))).toEqual([])
})

test('the rules themselves have no circle', () => {
  const known = Object.keys(rooms).map((room) => {
    const all = mayKnow(room).flatMap((one) =>
      one === 'domain' ? wings.map((wing) => `domain/${wing}`) : [one],
    )
    return [room, new Set(all)] as const
  })

  expect(circlesOf(new Map(known))).toEqual([])
})

test.each([
  ['files', (path: string) => path],
  ['folders', folderOf],
])('no circle of %s, types included', (_, of) => {
  const known = new Map<string, Set<string>>()
  for (const { from, to } of inServer) {
    const [user, used] = [of(from), of(to)]
    if (user !== used) known.set(user, (known.get(user) ?? new Set()).add(used))
  }

  expect(circlesOf(known)).toEqual([])
})

test('a noun uses the queries and the rules of another noun, never its endpoints', () => {
  const violations = inServer
    .filter(
      ({ from, to }) =>
        from.startsWith(`${base}domain/`) &&
        endpoints.test(within(to)) &&
        !endpointsOfKinds.test(within(to)) &&
        folderOf(from) !== folderOf(to),
    )
    .map((edge) => show(edge, 'belongs to the other noun alone'))

  expect(violations).toEqual([])
})

test('the drawing of the wings is what the code does; `npx vitest run --project architecture -u` draws it anew', async () => {
  await expect(drawing()).toMatchFileSnapshot('../docs/imports.md')
})

/** Who imports whom, room by room, without what follows from the rest. */
function drawing(): string {
  const known = new Map<string, Set<string>>()
  for (const { from, to } of inServer) {
    const [user, used] = [roomOf(from), roomOf(to)]
    if (user !== used && used !== '.') known.set(user, (known.get(user) ?? new Set()).add(used))
  }
  const arrows = [...known].flatMap(([user, all]) =>
    [...all]
      .filter((used) => ![...all].some((other) => reaches(known, other, used)))
      .map((used) => [user, used]),
  )
  const id = (room: string) => room.replaceAll(/[^a-z]/g, '_')
  const inDomain = wings.map((wing) => `    domain_${wing}[${wing}]`)
  return [
    '# Who imports whom in server/src',
    '',
    'Drawn from the code; what follows from two arrows is left out. Files at the top (`id.ts`, `json.ts`, `problem.ts`, `version.ts`) are known to everybody. The rules are `test/import-rules.ts`.',
    '',
    '```mermaid',
    'flowchart TD',
    '  subgraph domain',
    ...inDomain,
    '  end',
    ...arrows.map(([user = '', used = '']) => `  ${nodeOf(user, id)} --> ${nodeOf(used, id)}`).toSorted(),
    '```',
    '',
  ].join('\n')
}

const nodeOf = (room: string, id: (room: string) => string) =>
  room.startsWith('domain/') ? id(room) : `${id(room)}[${room}]`

/** Whether one room leads to another by one step or more. */
function reaches(known: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const visited = new Set<string>()
  const waiting = [from]
  for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) {
    if (visited.has(room)) continue
    visited.add(room)
    const next = known.get(room) ?? new Set()
    if (next.has(to)) return true
    waiting.push(...next)
  }
  return false
}

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
