import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inheritedEnvironment } from '../src/action-runner/environment.ts'
import type { EnvironmentNeed } from '../src/action-runner/environment-resolver.ts'
import { type Database, openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import { offerOf } from '../src/domain/flow/execution/worker-profile.ts'
import type { PackEnvironment } from '../src/domain/packs/pack-environment/pack-environment.ts'
import { volumeOf } from '../src/environment-builder/disk.ts'
import { EnvironmentKeeper, type KeeperOptions } from '../src/environment-builder/keeper.ts'
import { createLog } from '../src/observe/log.ts'
import { freshDatabase } from './database.ts'
import { asSelf } from '../src/run-as/lend.ts'
import * as given from './given.ts'

/** Commands of a runtime whose manifest is a shell script: what a test writes into it is what a build does. */
const config = {
  interpreter: { binary: '/bin/sh' },
  environment: {
    env_type: 'scripted',
    create_command: ['sh', '-c', 'mkdir "$1" && mkdir "$1/bin"', 'sh', '{env_dir}'],
    interpreter_path: '{env_dir}/bin/run',
  },
  dependencies: {
    manifest_file: 'manifest.sh',
    install_command: [
      'sh',
      '-c',
      'echo built >> builds.log; env_dir=$1; . "$2"',
      'sh',
      '{env_dir}',
      '{manifest_path}',
    ],
  },
}
/** What every good manifest does. */
export const ALL_WELL = 'ln -s /bin/sh "$env_dir/bin/run"\n'

/** A disk, a database with a pack and a runtime, and any number of processes that build on it. */
export class EnvironmentHome {
  readonly root = mkdtempSync(join(tmpdir(), 'attune-envs-'))
  readonly outcomes: string[] = []
  readonly db: Database
  readonly #drop: () => Promise<void>
  readonly #keepers: EnvironmentKeeper[] = []
  #need: EnvironmentNeed | undefined

  static async open(): Promise<EnvironmentHome> {
    const { url, drop } = await freshDatabase()
    return new EnvironmentHome(openDatabase({ url, max_connections: 4 }), drop)
  }

  private constructor(db: Database, drop: () => Promise<void>) {
    this.db = db
    this.#drop = drop
  }

  async close(): Promise<void> {
    await this.stopKeepers()
    await this.db.close()
    await this.#drop()
    rmSync(this.root, { recursive: true, force: true })
  }

  /** As at first: no pack, nothing on the disk, nobody who builds. */
  async clear(): Promise<void> {
    await this.stopKeepers()
    await this.db.run(sql`delete from pack`)
    for (const name of ['envs', 'pack', 'work']) rmSync(this.path(name), { recursive: true, force: true })
    mkdirSync(this.path('pack'))
    this.outcomes.length = 0
    const pack = await given.pack(this.db, { ref: 'salt', storage_path: this.path('pack') })
    const runtime = await given.runtime(this.db, {
      pack: pack.id,
      ref: 'salt.scripted',
      name: 'Scripted',
      execution_config: config,
    })
    await given.action(this.db, { pack: pack.id, runtime: runtime.id })
    this.#need = {
      key: 'one',
      pack: pack.id,
      pack_ref: 'salt',
      pack_dir: this.path('pack'),
      runtime: runtime.id,
      constraint: null,
      required: {},
    }
  }

  get need(): EnvironmentNeed {
    if (this.#need === undefined) throw new Error('clear() comes first')
    return this.#need
  }

  /** Another process with this disk. */
  async keeper(changes: Partial<KeeperOptions> = {}): Promise<EnvironmentKeeper> {
    const worker = await given.worker(this.db, { name: `worker-${this.#keepers.length}-${randomUUID()}` })
    const keeper = new EnvironmentKeeper({
      database: this.db,
      builder: { worker: worker.id, worker_name: worker.name, instance: randomUUID(), lease_seconds: 300 },
      volume: await volumeOf(this.path('envs')),
      root: this.path('envs'),
      packs_base_dir: this.path('packs'),
      work_dir: this.path('work'),
      inherited: inheritedEnvironment(process.env, []),
      accounts: asSelf,
      pack_folders: async (pack_dir) => pack_dir,
      timeout_ms: 60_000,
      renew_ms: 60_000,
      offer: () => offerOf({ runtimes: ['scripted'] }),
      log: createLog({ level: 'silent', format: 'json' }),
      metrics: { environmentBuilt: (outcome) => void this.outcomes.push(outcome) },
      ...changes,
    })
    this.#keepers.push(keeper)
    return keeper
  }

  async stopKeepers(): Promise<void> {
    await Promise.all(this.#keepers.splice(0).map((keeper) => keeper.stop()))
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  manifest(script: string): void {
    writeFileSync(this.path('pack', 'manifest.sh'), script)
  }

  /** How often a build has begun to install. */
  builds(): number {
    const file = this.path('pack', 'builds.log')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0
  }

  /** The directory that is in place. */
  directory(): string {
    return realpathSync(this.path('envs', 'salt', 'scripted'))
  }

  rows(): Promise<PackEnvironment[]> {
    return this.db.many(sql`select * from pack_environment order by id`)
  }
}
