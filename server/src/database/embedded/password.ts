import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../problem.ts'
import { syncPath } from './sync-path.ts'

/** The password of the cluster's only role, from `<control>/password`; made on the first start. */
export async function ensurePassword(control: string, dataDir: string): Promise<string> {
  const path = join(control, 'password')
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  if (existsSync(dataDir)) {
    throw new Problem(
      'SERVICE_UNAVAILABLE',
      `${path} is missing, but the database in ${dataDir} needs it; restore it.`,
    )
  }
  const password = randomBytes(24).toString('base64url')
  await writeFile(`${path}.tmp`, `${password}\n`, { mode: 0o600 })
  await syncPath(`${path}.tmp`)
  await rename(`${path}.tmp`, path)
  await syncPath(control)
  return password
}
