import { childrenOf, type Each, type Expression } from './expression.ts'

/** What an expression reads, as far as its text says: paths from a name, and the functions that it calls. */
export type References = {
  readonly paths: readonly (readonly (string | number)[])[]
  readonly functions: readonly string[]
}

/** In a path, some element of an array: a negative place may be any. */
export const anElement = -1

/** What the names of elements stand for, as far as that is a path. */
type Elements = ReadonlyMap<string, Path | undefined>
type Path = readonly (string | number)[]

/**
 * The paths that an expression reads and the functions that it calls. A path ends where a key is computed:
 * `keystore[name].x` reads `keystore` and `name`. The name of an element leads to where the elements are:
 * `any(x in event.payload.alerts, x.name == 'a')` reads `event.payload.alerts` and, of one of them, `name`.
 */
export function findReferences(root: Expression): References {
  const paths: Path[] = []
  const functions = new Set<string>()
  const open: (readonly [Expression, Elements])[] = [[root, new Map()]]
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const [node, elements] = entry
    const written = staticPath(node)
    const path = written === undefined ? undefined : resolved(written, elements)
    if (path !== undefined) paths.push(path)
    if (written !== undefined) continue
    if (node.kind === 'call') functions.add(node.name)
    if (node.kind === 'each') open.push([node.body, withElement(node, elements)], [node.source, elements])
    else
      open.push(
        ...childrenOf(node)
          .toReversed()
          .map((child) => [child, elements] as const),
      )
  }
  return { paths, functions: [...functions] }
}

/** Where a path leads; undefined where it starts from an element of something that is no path, whose own paths count. */
function resolved(path: Path, elements: Elements): Path | undefined {
  const [name, ...rest] = path
  if (typeof name !== 'string' || !elements.has(name)) return path
  const place = elements.get(name)
  return place === undefined ? undefined : [...place, ...rest]
}

function withElement({ variable, source }: Each, elements: Elements): Elements {
  const written = staticPath(source)
  const place = written === undefined ? undefined : resolved(written, elements)
  return new Map([...elements, [variable, place === undefined ? undefined : [...place, anElement]]])
}

/** The path, if the expression is nothing but one. */
export function staticPath(node: Expression): (string | number)[] | undefined {
  const keys: (string | number)[] = []
  let current = node
  while (current.kind === 'member' || current.kind === 'index') {
    const key = keyOf(current)
    if (key === undefined) return undefined
    keys.push(key)
    current = current.object
  }
  return current.kind === 'name' ? [current.name, ...keys.reverse()] : undefined
}

/** The key of a member access if it is written out. */
export function keyOf(node: Expression): string | number | undefined {
  if (node.kind === 'member') return node.name
  return node.kind === 'index' ? constantKey(node.index) : undefined
}

function constantKey(index: Expression): string | number | undefined {
  if (index.kind === 'literal') {
    return typeof index.value === 'string' || typeof index.value === 'number' ? index.value : undefined
  }
  if (index.kind !== 'unary' || index.operator !== '-') return undefined
  const key = constantKey(index.operand)
  return typeof key === 'number' ? -key : undefined
}
