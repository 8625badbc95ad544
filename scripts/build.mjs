// Compiles every workspace to its dist folder. Incremental: a second run with nothing to do takes a moment.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

const workspaces = ['server', 'client', 'cli', 'bench', 'server/test/faults']

export function build(projects = workspaces) {
  const { status } = spawnSync(process.execPath, [tsc, '-b', ...projects], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

if (process.argv[1] === import.meta.filename) build()
