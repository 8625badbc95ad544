import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The folder where everything of an installation without services of its own lives. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env.ATTUNE_HOME || '.attune')
}

/**
 * A secret kept in a file of the home that only its owner can read; made at first use. Two processes that start
 * at once agree on the one that was written first.
 */
export async function keptSecret(
  home: string,
  name: string,
  make: () => string = () => randomBytes(32).toString('base64url'),
): Promise<{ secret: string; created: boolean }> {
  await mkdir(home, { recursive: true })
  const file = join(home, name)
  try {
    const secret = make()
    await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' })
    return { secret, created: true }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return { secret: (await readFile(file, 'utf8')).trim(), created: false }
  }
}
