import { childrenOf, type Expression } from './expression.ts'

/** What an expression reads, as far as its text says: paths from a name, and the functions that it calls. */
export type References = {
  readonly paths: readonly (readonly (string | number)[])[]
  readonly functions: readonly string[]
}

/**
 * The paths that an expression reads and the functions that it calls. A path ends where a key is computed:
 * `keystore[name].x` reads `keystore` and `name`.
 */
export function findReferences(root: Expression): References {
  const paths: (string | number)[][] = []
  const functions = new Set<string>()
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const path = staticPath(node)
    if (path !== undefined) paths.push(path)
    else open.push(...childrenOf(node).toReversed())
    if (node.kind === 'call') functions.add(node.name)
  }
  return { paths, functions: [...functions] }
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
