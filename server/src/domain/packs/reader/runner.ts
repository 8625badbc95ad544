import { extname } from 'node:path'
import type { RuntimeDefinition } from './pack-definition.ts'

const shipped: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'core.shell': ['shell', 'bash', 'sh'],
    'core.python': ['python', 'python3'],
    'core.nodejs': ['node', 'nodejs', 'node.js'],
    'core.native': ['native', 'builtin', 'standalone'],
  }).flatMap(([ref, names]) => names.map((name): [string, string] => [name, ref])),
)

/**
 * The runtime that a `runner_type` means: the ref of a shipped runtime or of one of the pack itself. Any other
 * name is returned in lower case, for registration to look up among the refs, names and aliases of all packs.
 */
export function runtimeRef(runnerType: string, own: readonly RuntimeDefinition[]): string {
  const name = runnerType.trim().toLowerCase()
  const ref = shipped.get(name)
  if (ref !== undefined) return ref
  const called = own.find((runtime) => runtime.ref === name || runtime.name.toLowerCase() === name)
  return (called ?? own.find(({ aliases }) => aliases.includes(name)))?.ref ?? name
}

/** What an action without `runner_type` is run by. */
export function guessRunner(entryPoint: string): string {
  switch (extname(entryPoint).toLowerCase()) {
    case '.py':
      return 'python'
    case '.js':
    case '.mjs':
    case '.cjs':
      return 'nodejs'
    default:
      return 'shell'
  }
}

/** Every name of a runtime that ships with the product. */
export const shippedRunners: readonly string[] = [...shipped.keys()]
