/* How files are named, how large they grow, and what their code may contain. */

export const MAX_LINES = 400

/** Written by a tool, whole. */
export const generated: readonly string[] = ['client/src/schema.ts']

/** A name, or the last word of one, that says nothing about what is inside. */
export const emptyWords =
  /^(utils?|helpers?|common|shared|misc|base|lib|types|interfaces|constants|index|managers?|service|handlers?|processors?|impl|dto|models?)$/

/** Folders whose name is one of those words and is meant. */
export const namedFolders: readonly string[] = [
  'packs/core/lib',
  'packs/examples/lib',
  'server/src/domain/packs/pack-index',
  'cli/src/pack-index',
]

/** Configuration and reporters that a tool loads by their default export. */
export const defaultExports: readonly RegExp[] = [/\.config\.ts$/, /^test\/closing-line\.ts$/]

/**
 * Where a class may stand: for what has an identity and a lifetime, and for errors. Folders hold connections,
 * child processes and sessions; files are named one by one.
 */
export const classes: readonly RegExp[] = [
  /^server\/src\/(messages|action-runner|sensor-runner|processes|evaluation|realtime)\//,
  /^server\/src\/environment-builder\/keeper\.ts$/,
  /^server\/src\/run-as\/lend\.ts$/,
  /^server\/src\/database\/embedded\//,
  /^server\/src\/(waiting\/(natural-batch|signal)|problem)\.ts$/,
  /^server\/src\/http\/(route|event-stream|line-stream)\.ts$/,
  /^server\/src\/expressions\/error\.ts$/,
  /^cli\/src\/failure\.ts$/,
  /^client\/src\/(api-path|refusal|session|unreachable)\.ts$/,
  /^packs\/core\/sensors\/timer\//,
  /^packs\/core\/actions\/http_request\.mjs$/,
  /^test\/closing-line\.ts$/,
]

/** Values of a whole file that change, each with its reason. Everything else is created in a service and passed down. */
export const mutableFiles: readonly { path: string; reason: string }[] = [
  { path: 'server/src/database/sql.ts', reason: 'names prepared statements, unique in the process' },
]

/** Regular expressions that are put together, each with the reason why no value of a user is in them. */
export const madePatterns: readonly { path: string; reason: string }[] = [
  { path: 'server/src/http/server.ts', reason: 'the paths of our own routes' },
  { path: 'server/src/messages/routing.ts', reason: 'the keys of our own routing table' },
  { path: 'server/src/text/storable-text.ts', reason: 'another flag for one of our own' },
  { path: 'server/src/domain/definition/form/version.ts', reason: 'parts that stand in the same file' },
  { path: 'server/src/domain/packs/pack-test/read-result.ts', reason: 'labels that stand in the same file' },
  {
    path: 'server/src/domain/packs/reader/entry-point.ts',
    reason: 'names of folders that the format of packs has',
  },
  { path: 'cli/src/output/log-text.ts', reason: 'control characters that stand in the same file' },
]

/** Rules that only a linter with types can hold; they must stay switched on. */
export const lintRules: readonly string[] = [
  'complexity',
  'max-depth',
  'max-lines',
  'max-lines-per-function',
  'max-params',
  'import/no-cycle',
  'import/no-default-export',
  'typescript/consistent-type-imports',
  'typescript/no-explicit-any',
  'typescript/no-floating-promises',
  'typescript/no-misused-promises',
  'typescript/switch-exhaustiveness-check',
]
