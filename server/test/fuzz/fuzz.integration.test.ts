import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { resources } from '../../src/domain/caller/permission.ts'
import * as given from '../given.ts'
import { accessToken } from '../session.ts'
import { type WholeApi, wholeApi } from '../whole-api.ts'
import { makeWorld } from '../world.ts'
import { fuzz } from './run.ts'

/** `npm run test:fuzz -- --seed N --seconds S` sets these; a run of all tests asks each operation a few times. */
const seed = Number(process.env.ATTUNE_FUZZ_SEED ?? randomInt(1_000_000_000))
const seconds = Number(process.env.ATTUNE_FUZZ_SECONDS ?? 0)
const ROUNDS = 6

test(
  'whatever is sent to a route, it answers, does not fail, and a refusal leaves nothing behind',
  async () => {
    process.stdout.write(`fuzz: seed ${seed}\n`)
    const api = await wholeApi({ pack_registry: { timeout: 2 } })
    try {
      const world = await makeWorld(api.db)
      const logIn = await everything(api)
      const until = Date.now() + seconds * 1000
      const more = (rounds: number) => (seconds > 0 ? Date.now() < until : rounds < ROUNDS)
      const { requests, statuses, findings } = await fuzz(api, world, { seed, logIn, more })
      process.stdout.write(`fuzz: seed ${seed}, ${requests} requests, answers ${JSON.stringify(statuses)}\n`)
      expect(findings).toEqual([])
      expect(Object.keys(statuses).some((status) => status.startsWith('2'))).toBe(true)
    } finally {
      await api.end()
    }
  },
  (seconds + 300) * 1000,
)

/** What opens sessions of an account that may do everything. */
async function everything({ db, platform }: WholeApi): Promise<() => Promise<string>> {
  const identity = await given.identity(db)
  const grants = Object.entries(resources).map(([resource, actions]) => ({ resource, actions: [...actions] }))
  const set = await given.permissionSet(db, { grants })
  await given.permissionAssignment(db, { identity: identity.id, permset: set.id })
  return () => accessToken(platform, identity, 24 * 3600)
}
