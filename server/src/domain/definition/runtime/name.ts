const aliases = {
  node: ['nodejs', 'node.js'],
  python: ['python3'],
  shell: ['bash', 'sh'],
  native: ['builtin', 'standalone'],
  ruby: ['rb'],
  go: ['golang'],
  java: ['jdk', 'openjdk'],
  perl: ['perl5'],
  r: ['rscript'],
} as const satisfies Record<string, readonly string[]>

const canonical: ReadonlyMap<string, string> = new Map(
  Object.entries(aliases).flatMap(([name, others]) => others.map((other): [string, string] => [other, name])),
)

/**
 * The one spelling of a runtime's name: lower case, with the usual other names of a language folded into one
 * (`Node.js`, `nodejs` → `node`). A name that nobody knows stays as it is.
 */
export function canonicalRuntimeName(name: string): string {
  const lower = name.trim().toLowerCase()
  return canonical.get(lower) ?? lower
}
