import { mkdirSync, symlinkSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ActionHome, shell } from '../../test/action-home.ts'
import { eventually } from '../../test/eventually.ts'
import { toId } from '../id.ts'
import type { ResolvedEnvironment, EnvironmentNeed, EnvironmentResolver } from './environment-resolver.ts'

const need: EnvironmentNeed = {
  key: 'one',
  pack: toId(1),
  pack_ref: 'p',
  pack_dir: undefined,
  runtime: toId(1),
  constraint: null,
  required: {},
}
const built = {
  name: 'Built',
  execution_config: {
    interpreter: { binary: '/bin/sh' },
    environment: { interpreter_path: '{env_dir}/run' },
    env_vars: { WHERE: '{env_dir}' },
  },
}

/** Answers what a test says, and counts who asks. */
class TestResolver implements EnvironmentResolver {
  answer: () => ResolvedEnvironment | Promise<ResolvedEnvironment> = () => ({ kind: 'none' })
  asked = 0
  lostKeys: string[] = []

  resolve(): ResolvedEnvironment | Promise<ResolvedEnvironment> {
    this.asked += 1
    return this.answer()
  }

  lost({ key }: EnvironmentNeed): void {
    this.lostKeys.push(key)
  }
}

const resolver = new TestResolver()
let home: ActionHome
/** What was found on the disk is believed for a second: each test has directories of its own. */
let round = 0
const environment = (name: string) => home.path('envs', `${name}${round}`)
const ready = (name: string): ResolvedEnvironment => ({
  kind: 'ready',
  env_dir: environment(name),
  version: undefined,
})

function lay(name: string): void {
  mkdirSync(environment(name))
  symlinkSync('/bin/sh', `${environment(name)}/run`)
}

beforeAll(async () => {
  home = await new ActionHome({ environments: resolver }).start()
  home.file('where.sh', 'echo "$0 $WHERE"\n')
})
afterAll(() => home.stop())
beforeEach(() => {
  resolver.asked = 0
  resolver.lostKeys = []
  round += 1
})

const where = (more = {}) =>
  home.request({ runtime: built, environment_need: need, action: { entrypoint: 'where.sh' }, ...more })

describe('an action with an environment', () => {
  test('runs by it', async () => {
    lay('a')
    resolver.answer = () => ready('a')

    expect((await home.runner.run(where())).result).toMatchObject({
      status: 'completed',
      stdout: expect.stringContaining(environment('a')),
    })
    expect(resolver.asked).toBe(1)
  })

  test('does not run when it could not be built', async () => {
    resolver.answer = async () => ({ kind: 'refused', error: 'No pepper left.' })

    expect(await home.runner.run(where())).toEqual({
      status: 'failed',
      result: { status: 'failed', succeeded: false, error: 'No pepper left.' },
    })
  })

  test.each([
    ['directory', () => undefined],
    ['interpreter', () => mkdirSync(environment('a'))],
  ])('asks again when its %s is gone', async (_, spoil) => {
    spoil()
    lay('b')
    resolver.answer = () => ready(resolver.asked === 1 ? 'a' : 'b')

    expect((await home.runner.run(where())).result).toMatchObject({
      status: 'completed',
      stdout: expect.stringContaining(environment('b')),
    })
    expect(resolver.lostKeys).toEqual(['one'])
  })

  test('never runs by the machine in its place', async () => {
    resolver.answer = () => ready('a')

    expect((await home.runner.run(where())).result).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('is removed again and again'),
    })
  })

  test('runs by the version that was chosen, and by its config', async () => {
    const { execution_config } = built
    resolver.answer = () => ({
      kind: 'ready',
      env_dir: undefined,
      version: { version: '3.11', execution_config, cache_key: 'v1' },
    })

    expect((await home.runner.run(where({ runtime: { ...shell, ref: 'core.shell' } }))).result).toMatchObject(
      {
        stdout: expect.stringContaining(home.path('envs', 'p', 'shell-3.11')),
      },
    )
  })
})

describe('an action that waits for its environment', () => {
  test('starts when it is there, with a token that has just been made', async () => {
    lay('a')
    let settle: (environment: ResolvedEnvironment) => void = () => undefined
    const answer = new Promise<ResolvedEnvironment>((resolve) => (settle = resolve))
    resolver.answer = () => answer
    home.file('token.sh', 'test "$(cat "$ATTUNE_API_TOKEN_FILE")" = second && echo fresh\n')
    const ended = home.runner.run(
      where({ action: { entrypoint: 'token.sh' }, api_token: 'first', freshToken: async () => 'second' }),
    )

    settle(ready('a'))

    expect((await ended).result).toMatchObject({ stdout: 'fresh\n' })
  })

  test('is cancelled at once', async () => {
    resolver.answer = () => new Promise(() => undefined)
    const request = where()
    const ended = home.runner.run(request)
    await eventually(
      () => resolver.asked,
      (asked) => asked === 1,
    )

    home.runner.cancel(request.execution_id)

    expect((await ended).status).toBe('cancelled')
  })

  test('gives up when the execution is not the worker’s any more', async () => {
    resolver.answer = () => new Promise(() => undefined)
    const request = where()
    const ended = home.runner.run(request)
    await eventually(
      () => resolver.asked,
      (asked) => asked === 1,
    )

    home.runner.drop([request.execution_id])

    expect(await ended).toMatchObject({ status: 'failed', abandoned: true })
  })

  test('is handed back by a worker that stops', async () => {
    const stopping = await new ActionHome({ environments: resolver }).start()
    resolver.answer = () => new Promise(() => undefined)
    const ended = stopping.runner.run(stopping.request({ runtime: built, environment_need: need }))
    await eventually(
      () => resolver.asked,
      (asked) => asked === 1,
    )

    await stopping.stop()

    expect(await ended).toMatchObject({ status: 'failed', abandoned: true })
  })

  test('fails with the reason when nobody can tell', async () => {
    resolver.answer = () => Promise.reject(new Error('The disk is full.'))

    expect((await home.runner.run(where())).result).toMatchObject({
      error: 'Action execution failed: The disk is full.',
    })
  })
})
