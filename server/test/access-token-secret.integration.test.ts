import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeHome, temporaryFolder } from './embedded-home.ts'
import { type ProgramProcess, startProgram } from './program.ts'

/* Who holds the key that signs the tokens of people, as a person starts the program. */

const main = new URL('../dist/main.js', import.meta.url).pathname
let home: string

beforeEach(() => {
  home = join(temporaryFolder(), 'home')
})
afterEach(() => removeHome(home))

test('a first start makes it for its owner alone, and a home that lacks it gets one', async () => {
  const file = join(home, 'access-token-secret')
  let program: ProgramProcess | undefined
  try {
    program = await startProgram(home, { ATTUNE__DEMO: 'false' })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const first = await readFile(file, 'utf8')
    expect(first).not.toBe(await readFile(join(home, 'jwt-secret'), 'utf8'))
    await program.login()
    await program.end('SIGTERM')
    await rm(file)

    program = await startProgram(home, { ATTUNE__DEMO: 'false' })

    expect(await readFile(file, 'utf8')).not.toBe(first)
    await program.login()
  } finally {
    await program?.end('SIGTERM')
  }
})

/** Starts the program where there is no database: what it refuses it refuses before it looks for one. */
async function refusalOf(args: readonly string[]): Promise<string> {
  const empty = await mkdtemp(join(tmpdir(), 'attune-refused-'))
  const env = {
    PATH: process.env.PATH ?? '',
    ATTUNE_HOME: empty,
    ATTUNE__DATABASE__URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    ATTUNE__MESSAGE_QUEUE__GIVE_UP_AFTER: '1',
  }
  const told = await new Promise<string>((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
  await rm(empty, { recursive: true })
  return told
}

test('a process with the API that shares a database does not start without it, and says what to do', async () => {
  const told = await refusalOf(['--roles', 'api,executor'])

  expect(told).toContain('security.access_token_secret is not set')
  expect(told).toContain('openssl rand -base64 32')
  expect(told).toContain('ATTUNE__SECURITY__ACCESS_TOKEN_SECRET')
})

test('a process without the API does not ask for it', async () => {
  const told = await refusalOf(['--roles', 'worker'])

  expect(told).not.toContain('access_token_secret')
  expect(told).toContain('No connection to the database')
})
