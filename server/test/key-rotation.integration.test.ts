import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { createCipher } from '../src/domain/secret/cipher.ts'
import { eventually } from './eventually.ts'
import { openFreshDatabase } from './database.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'
import { type ProgramProcess, startProgram } from './program.ts'

const OLD = 'the old encryption key of many characters'
const NEW = 'the new encryption key of many characters'
const KEYS = 600

const home = await mkdtemp(join(tmpdir(), 'attune-rotation-'))
const { db, url } = await fixture(openFreshDatabase({ max_connections: 4 }))
afterAll(async () => {
  await rm(home, { recursive: true, force: true })
})

function start(current: string, previous: readonly string[]): Promise<ProgramProcess> {
  return startProgram(home, {
    ATTUNE__DATABASE__URL: url,
    ATTUNE__DEMO: 'false',
    ATTUNE__SECURITY__ENCRYPTION_KEY: current,
    ...(previous.length > 0 ? { ATTUNE__SECURITY__PREVIOUS_ENCRYPTION_KEYS: JSON.stringify(previous) } : {}),
  })
}

const rotateOn = (program: ProgramProcess) =>
  program.api<{ data: object }>('POST', '/api/v1/keys/rotate-encryption')
const countNew = () =>
  db.one<{ count: number }>(
    sql`select count(*) as count from key where encryption_key_hash = ${createCipher(NEW).key_hash}`,
  )

test('killed half way and run again, everything is under the new key, which then is enough', async () => {
  const old = createCipher(OLD)
  const ids: number[] = []
  for (let n = 0; n < KEYS; n += 1) {
    const columns = { value: old.encrypt(`value ${n}`), encryption_key_hash: old.key_hash, encrypted: true }
    ids.push((await given.key(db, { ref: `rotation.key_${n}`, ...columns })).id)
  }

  // Somebody holds a row of a later batch: the rotation gets there and no further, and is killed.
  const killed = await start(NEW, [OLD])
  await db.transaction(async (tx) => {
    await tx.run(sql`select from key where id = ${ids[KEYS - 100]} for update`)
    const cut = rotateOn(killed).catch((error: unknown) => error)
    await eventually(countNew, ({ count }) => count >= 400)
    await killed.end('SIGKILL')
    expect(await cut).toBeInstanceOf(Error)
  })
  const half = (await countNew()).count
  expect(half).toBeGreaterThanOrEqual(400)
  expect(half).toBeLessThan(KEYS)

  const again = await start(NEW, [OLD])
  expect((await rotateOn(again)).data).toMatchObject({
    keys: { reencrypted: KEYS - half, current: KEYS, remaining: 0, unreadable: 0 },
    done: true,
  })
  expect(await again.end('SIGTERM')).toBe(0)

  const alone = await start(NEW, [])
  for (const n of [0, 1, half, KEYS - 100, KEYS - 1]) {
    const { data } = await alone.api<{ data: { value: string } }>('GET', `/api/v1/keys/rotation.key_${n}`)
    expect(data.value).toBe(`value ${n}`)
  }
  expect(await alone.end('SIGTERM')).toBe(0)
})
