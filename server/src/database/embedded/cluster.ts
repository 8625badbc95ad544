import { existsSync, readFileSync, statSync } from 'node:fs'
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../problem.ts'
import { type Account, chownTree, initAccount, isRoot } from './account.ts'
import { dataFolder } from './placement.ts'
import { run } from './run.ts'
import { syncPath } from './sync-path.ts'

/** The role of the private cluster: its superuser, and the owner of the database. */
export const ROLE = 'attune'

export type ClusterPlan = {
  state: string
  runtime: string
  major: number
  account: Account | undefined
  password: string
  durable: boolean
}

/**
 * Creates the cluster unless it exists, and returns its folder. It is made under another name and renamed when
 * complete, so that a half-made one, after whatever crash, is never taken for a cluster but swept away.
 */
export async function ensureCluster(plan: ClusterPlan, log: (message: string) => void): Promise<string> {
  const dataDir = dataFolder(plan.state)
  const workshop = `${dataDir}.tmp`
  await rm(workshop, { recursive: true, force: true })
  if (existsSync(dataDir)) {
    requireUsable(dataDir, plan)
    return dataDir
  }
  await initialise(workshop, plan)
  await rename(join(workshop, 'data'), dataDir)
  if (plan.durable) await syncPath(plan.state)
  await rm(workshop, { recursive: true, force: true })
  log(`created a PostgreSQL ${plan.major} cluster in ${dataDir}`)
  return dataDir
}

/** Until `chownTree` the files belong to `nobody`, but only the account's own group may pass into the workshop. */
async function initialise(workshop: string, plan: ClusterPlan): Promise<void> {
  const { account } = plan
  const maker = account && initAccount(account)
  const [dataDir, passwordFile] = [join(workshop, 'data'), join(workshop, 'password')]
  await mkdir(workshop)
  await chmod(workshop, account ? 0o710 : 0o700)
  if (account) await chown(workshop, 0, account.gid)
  await mkdir(dataDir, { mode: 0o700 })
  await writeFile(passwordFile, `${plan.password}\n`, { mode: 0o600 })
  if (maker) for (const path of [dataDir, passwordFile]) await chown(path, maker.uid, maker.gid)
  await initdb(plan, { dataDir, passwordFile, maker })
  if (account) chownTree(dataDir, account)
}

async function initdb(
  plan: ClusterPlan,
  { dataDir, passwordFile, maker }: { dataDir: string; passwordFile: string; maker: Account | undefined },
): Promise<void> {
  const args = ['-D', dataDir, '-U', ROLE, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8']
  // The builtin provider sorts the same on every host and after every update of it.
  args.push('--locale-provider=builtin', '--locale=C.UTF-8')
  if (!plan.durable) args.push('--no-sync')
  const { failure, output } = await run(join(plan.runtime, 'bin', 'initdb'), args, maker)
  if (failure === undefined) return
  throw new Problem('SERVICE_UNAVAILABLE', `initdb could not create ${dataDir}: ${output.trim() || failure}`)
}

function requireUsable(dataDir: string, { account, major }: ClusterPlan): void {
  const { uid } = statSync(dataDir)
  if (!isRoot() && uid !== process.getuid?.()) {
    throw new Problem(
      'FORBIDDEN',
      `The database in ${dataDir} belongs to another user (uid ${uid}); start as that one or as root, or with another ATTUNE_HOME.`,
    )
  }
  const found = Number(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8'))
  if (found !== major) {
    throw new Problem(
      'CONFLICT',
      `The database in ${dataDir} was made by PostgreSQL ${found}, and this program brings ${major}. Move the data over with pg_dump of version ${found}, or start with another ATTUNE_HOME.`,
    )
  }
  // Copied by root, for example: the server runs only on files of its own.
  if (account && uid !== account.uid) chownTree(dataDir, account)
}
