import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ActionHome, native, python, shell } from '../../test/action-home.ts'
import { eventually } from '../../test/eventually.ts'
import type { Json } from '../json.ts'

let home: ActionHome
beforeAll(async () => void (home = await new ActionHome().start()))
afterAll(() => home.stop())

const MiB = 1024 * 1024

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : `no text: ${JSON.stringify(value)}`
}

async function gone(pid: number): Promise<void> {
  await eventually(
    () => isAlive(pid),
    (alive) => !alive,
  )
}

/** The process id that a running action has written to a file. */
async function pidIn(path: string): Promise<number> {
  const text = await eventually(
    () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
    (content) => content.endsWith('\n'),
  )
  return Number(text)
}

describe('inline shell code', () => {
  test('prints and completes', async () => {
    const { status, result, started_at } = await home.run('echo hi')

    expect(status).toBe('completed')
    expect(result).toEqual({
      status: 'completed',
      succeeded: true,
      exit_code: 0,
      duration_ms: expect.any(Number),
      stdout: 'hi\n',
    })
    expect(Math.abs(Date.now() - Date.parse(started_at ?? ''))).toBeLessThan(60_000)
  })

  test.each([1, 2, 127, 255])('fails with exit code %i', async (code) => {
    expect(await home.run(`exit ${code}`)).toMatchObject({
      status: 'failed',
      result: { exit_code: code, error: `Command exited with code ${code}` },
    })
  })

  test('fails with what it said on standard error; the result holds it, so there is no log', async () => {
    const request = home.inline('echo boom >&2; exit 1')

    const { result } = await home.runner.run(request)

    expect(result).toMatchObject({ error: 'boom\n', stderr: 'boom\n' })
    expect(result).not.toHaveProperty('stderr_log')
    expect(existsSync(home.path(`artifacts/executions/${request.execution_id}`))).toBe(false)
  })

  test('gets no standard input', async () => {
    const result = await home.result(`INPUT=$(cat); printf '%s' "\${INPUT:-none}"`, { parameters: { a: 1 } })

    expect(result.stdout).toBe('none')
  })

  test('has its parameters as variables', async () => {
    expect(await home.result('echo "$name-$PARAM_NAME"', { parameters: { name: "it's" } })).toMatchObject({
      stdout: "it's-it's\n",
    })
    expect(await home.result('echo $a_b_c', { keys: { 'a-b.c': 1 } })).toMatchObject({ stdout: '1\n' })
    const parameters = { o: { x: 1 }, l: [1, 'b'], n: null, t: true }
    expect(await home.result('echo "$o $l $n $t"', { parameters })).toMatchObject({
      stdout: '{"x":1} [1,"b"] null true\n',
    })
  })

  test('does not export its input', async () => {
    const code = 'echo "${k:+set} ${PARAM_K:+set}"; if printenv | grep -q hush; then echo leaked; fi'

    const { result } = await home.run(code, { keys: { k: 'hush' }, known_secrets: ['hush'] })

    expect(result.stdout).toBe('set set\n')
  })

  test('stops at the first command that fails', async () => {
    const { result } = await home.run('false; echo x')

    expect(result).toMatchObject({ exit_code: 1, succeeded: false })
    expect(result).not.toHaveProperty('stdout')
  })

  test('takes a megabyte of parameters', async () => {
    const result = await home.result('echo ${#big}', { parameters: { big: 'x'.repeat(MiB) } })

    expect(result.stdout).toBe(`${MiB}\n`)
  })

  test('can write to /dev/stdout and /dev/stderr without losing anything', async () => {
    const result = await home.result('echo a; echo b > /dev/stdout; echo c; echo d > /dev/stderr; echo e >&2')

    expect(result).toMatchObject({ stdout: 'a\nb\nc\n', stderr: 'd\ne\n' })
  })

  test('does not read start-up files of the user', async () => {
    mkdirSync(home.path('user'))
    writeFileSync(home.path('user', '.bashrc'), 'echo from-bashrc\n')
    const bare = {
      ...shell,
      execution_config: { interpreter: { binary: '/bin/bash' }, env_vars: { HOME: home.path('user') } },
    }

    const result = await home.result('echo only', {
      runtime: bare,
      parameters: { a: 1 },
    })

    expect(result.stdout).toBe('only\n')
  })

  test('given on the command line reads its parameters from standard input', async () => {
    const direct = {
      ...shell,
      execution_config: {
        interpreter: { binary: '/bin/bash', args: ['--never-used'] },
        inline_execution: { strategy: 'direct' },
      },
    }

    expect(await home.result('cat', { runtime: direct, parameters: { a: 1 } })).toMatchObject({
      stdout: '{"a":1}\n',
    })
  })

  test('lies in a private file while it runs and nowhere afterwards', async () => {
    const result = await home.result('stat -c %a "$0" "$(dirname "$0")"; echo "$0"')

    const [file, folder, path = ''] = textOf(result.stdout).split('\n')
    expect([file, folder]).toEqual(['600', '700'])
    expect(path).toMatch(/exec_\d+\.sh$/)
    expect(existsSync(path)).toBe(false)
  })
})

describe('parameters on standard input', () => {
  test('are one line of JSON and then the end', async () => {
    home.file('stdin.sh', 'cat\n')

    const run = async (parameters: Parameters<typeof home.request>[0]['parameters']) =>
      (
        await home.runner.run(
          home.request({
            action: { entrypoint: 'stdin.sh' },
            ...(parameters === undefined ? {} : { parameters }),
          }),
        )
      ).result.stdout

    expect(await run({})).toBe('{}\n')
    expect(await run({ b: 1, a: { d: 2, c: 3 } })).toBe('{"a":{"c":3,"d":2},"b":1}\n')
  })

  test('are read by a Python action', async () => {
    home.file('stdin.py', 'import sys, json\ntext = sys.stdin.read()\nprint(json.dumps(text))\n')

    const { status, result } = await home.runner.run(
      home.request({
        action: { entrypoint: 'stdin.py', output_format: 'json' },
        runtime: python,
        parameters: { a: 1 },
      }),
    )

    expect({ status, data: result.data }).toEqual({ status: 'completed', data: '{"a":1}\n' })
  })

  test('are read by a program that opens its standard input by name', async () => {
    home.file('opens.sh', 'cat /dev/stdin\n')

    for (const size of [1, 100_000]) {
      const request = home.request({
        action: { entrypoint: 'opens.sh' },
        parameters: { a: 'x'.repeat(size) },
      })
      expect((await home.runner.run(request)).result.stdout).toBe(`{"a":"${'x'.repeat(size)}"}\n`)
    }
  })

  test('as dotenv are lines that a shell reads', async () => {
    home.file('dotenv.sh', 'eval "$(cat)"; printf %s "$message"\n')

    const action = { entrypoint: 'dotenv.sh', parameter_format: 'dotenv' } as const
    expect(
      (await home.runner.run(home.request({ action, parameters: { message: "it's" } }))).result.stdout,
    ).toBe("it's")
    expect((await home.runner.run(home.request({ action }))).result).not.toHaveProperty('stdout')
  })

  test('may be larger than a pipe', async () => {
    home.file('count.sh', 'wc -c\n')

    for (const size of [30_000, 70_000, MiB]) {
      const request = home.request({
        action: { entrypoint: 'count.sh' },
        parameters: { a: 'x'.repeat(size) },
      })
      expect(Number((await home.runner.run(request)).result.stdout)).toBe(size + '{"a":""}\n'.length)
    }
  })

  test('that nobody reads hurt nobody', async () => {
    home.file('ignores.sh', 'sleep 0.2\n')

    const request = home.request({ action: { entrypoint: 'ignores.sh' }, parameters: { a: 'x'.repeat(MiB) } })
    expect((await home.runner.run(request)).status).toBe('completed')
  })

  test('with a name that dotenv cannot carry are an error', async () => {
    home.file('stdin.sh', 'cat\n')

    const ended = await home.runner.run(
      home.request({
        action: { entrypoint: 'stdin.sh', parameter_format: 'dotenv' },
        parameters: { 'a\nb': 1 },
      }),
    )

    expect(ended).toMatchObject({
      status: 'failed',
      result: { error: expect.stringContaining('Failed to prepare execution context') },
    })
  })
})

describe('parameters in a file', () => {
  test('are readable by the action alone and gone afterwards; standard input is empty', async () => {
    home.file(
      'file.sh',
      'stat -c %a "$ATTUNE_PARAMETER_FILE"; cat "$ATTUNE_PARAMETER_FILE"; echo "[$(cat)]"; echo "$ATTUNE_PARAMETER_FILE"\n',
    )
    const action = { entrypoint: 'file.sh', parameter_delivery: 'file', parameter_format: 'yaml' } as const

    const { result } = await home.runner.run(home.request({ action, parameters: { b: 1, a: [true] } }))

    const [mode, first, second, third, input, path = ''] = textOf(result.stdout).split('\n')
    expect([mode, first, second, third, input]).toEqual(['400', 'a:', '  - true', 'b: 1', '[]'])
    expect(path).toMatch(/\/parameters-\d+$/)
    expect(existsSync(path)).toBe(false)
  })

  test('may be large', async () => {
    home.file('size.sh', 'wc -c < "$ATTUNE_PARAMETER_FILE"; stat -c %a "$ATTUNE_PARAMETER_FILE"\n')
    const action = { entrypoint: 'size.sh', parameter_delivery: 'file' } as const

    const { result } = await home.runner.run(home.request({ action, parameters: { a: 'x'.repeat(MiB) } }))

    expect(result.stdout).toBe(`${MiB + 8}\n400\n`)
  })
})

describe('the environment of a process', () => {
  test('holds what the platform says and what was chosen, and nothing of the worker', async () => {
    process.env.ATTUNE_TEST_DATABASE_URL = 'postgres://secret'

    const result = await home.result('printenv', {
      action: { accepted_env_vars: ['DEBUG', 'ATTUNE_EXEC_ID'] },
      env_vars: { DEBUG: '1', LEVEL: '2', ATTUNE_EXEC_ID: '9' },
      parameters: { context: { run_id: 7 } },
      rule_ref: 'p.r',
    })

    delete process.env.ATTUNE_TEST_DATABASE_URL
    const names = textOf(result.stdout)
      .split('\n')
      .map((line) => line.split('=')[0])
    expect(names.filter((name) => name?.startsWith('ATTUNE_')).sort()).toEqual([
      'ATTUNE_ACTION',
      'ATTUNE_API_URL',
      'ATTUNE_ARTIFACTS_DIR',
      'ATTUNE_CONTEXT_RUN_ID',
      'ATTUNE_EXEC_ID',
      'ATTUNE_PACK_REF',
      'ATTUNE_PARAMETER_DELIVERY',
      'ATTUNE_PARAMETER_FORMAT',
      'ATTUNE_RULE',
      'ATTUNE_RUNTIME_ENVS_DIR',
    ])
    expect(result.stdout).toContain('DEBUG=1\n')
    expect(names).not.toContain('NODE_CHANNEL_FD')
    expect(names).not.toContain('VITEST')
  })

  test('has the token, which shows nowhere in the output', async () => {
    const result = await home.result(
      'token=$(cat "$ATTUNE_API_TOKEN_FILE"); echo "$token"; echo "bearer $token" >&2; exit 1',
      { api_token: 'token-value' },
    )

    expect(result).toMatchObject({
      stdout: '********\n',
      stderr: 'bearer ********\n',
      error: 'bearer ********\n',
    })
  })

  test('joins the variables of the runtime with inherited ones', async () => {
    const runtime = {
      name: 'Shell',
      execution_config: {
        interpreter: { binary: 'bash' },
        env_vars: { PATH: { value: '{pack_dir}/bin', operation: 'prepend' }, WHERE: '{env_dir}' },
      },
    }

    const result = await home.result('echo "$PATH"; echo "$WHERE"', { runtime })

    expect(result.stdout).toBe(
      `${home.path('packs/p/bin')}:${process.env.PATH ?? ''}\n${home.path('envs/p/shell')}\n`,
    )
  })

  test('leaves no descriptor of the spawner open but the three', async () => {
    const result = await home.result('ls -l /proc/self/fd')

    const targets = textOf(result.stdout)
      .split('\n')
      .map((line) => line.split(' -> ')[1] ?? '')
    expect(targets.filter((target) => target.includes('/pipe-'))).toHaveLength(2)
    expect(targets.filter((target) => /socket|eventpoll|eventfd|io_uring/.test(target))).toEqual([])
  })
})

describe('the working directory', () => {
  test('is the folder of the pack', async () => {
    expect(await home.result('pwd')).toMatchObject({ stdout: `${home.path('packs/p')}\n` })
  })

  test('is an empty folder of its own where the pack has none, and goes away with what was written there', async () => {
    const result = await home.result('ls -A | wc -l; echo x > file; pwd', {
      action: { pack_ref: 'no_folder' },
    })

    const [entries, path = ''] = textOf(result.stdout).split('\n')
    expect(Number(entries)).toBe(0)
    expect(path.startsWith(home.path('work'))).toBe(true)
    expect(existsSync(path)).toBe(false)
  })
})

describe('what cannot be started', () => {
  const attempt = (entrypoint: string, overrides: Partial<Parameters<typeof home.request>[0]> = {}) =>
    home.runner.run(home.request({ action: { entrypoint }, ...overrides }))

  test.each(['missing.sh', '../../x', 'actions/missing.sh', '', '.', 'a\0b'])(
    'a file called %j is an error that names it',
    async (entrypoint) => {
      writeFileSync(home.path('packs/x'), 'echo escaped\n')

      const { status, result } = await attempt(entrypoint)

      expect(status).toBe('failed')
      expect(result).toEqual({
        status: 'failed',
        succeeded: false,
        error: expect.stringContaining(`No executable content found for action 'p.test'`),
      })
      expect(result.error).toContain(entrypoint)
    },
  )

  test('a link that leads out of the pack is not followed', async () => {
    writeFileSync(home.path('outside.sh'), 'echo escaped\n')
    symlinkSync(home.path('outside.sh'), home.path('packs/p/actions/link.sh'))

    expect((await attempt('link.sh')).result.error).toContain('No executable content')
  })

  test('a pack ref that is a path is refused', async () => {
    expect(
      (await home.runner.run(home.request({ action: { pack_ref: '../packs/p', entrypoint: 'stdin.sh' } })))
        .status,
    ).toBe('failed')
  })

  test('a leading actions/ is tolerated', async () => {
    home.file('there.sh', 'echo there\n')

    expect((await attempt('actions/there.sh')).result.stdout).toBe('there\n')
  })

  test('a missing interpreter is named', async () => {
    home.file('there.sh', 'echo there\n')
    const runtime = { name: 'Odd', execution_config: { interpreter: { binary: 'no-such-program' } } }

    expect((await attempt('there.sh', { runtime })).result.error).toBe(
      `Action execution failed: Interpreter 'no-such-program' is not available for action 'p.test' on this worker`,
    )
  })

  test('an action without a runtime is an error', async () => {
    expect((await attempt('there.sh', { runtime: undefined })).result.error).toBe(
      `No runtime found for action 'p.test'`,
    )
  })

  test('a runtime whose config is not valid is an error that names the field', async () => {
    const runtime = { name: 'Bad', execution_config: { interpreter: 'bash' } }

    expect((await attempt('there.sh', { runtime })).result.error).toContain('execution_config.interpreter')
  })

  test('an environment larger than the system takes is an error', async () => {
    const { result } = await home.run('true', {
      action: { accepted_env_vars: ['BIG'] },
      env_vars: { BIG: 'x'.repeat(4 * MiB) },
    })

    expect(result.error).toMatch(/^Action execution failed: .*E2BIG/)
  })

  test('an interpreter of the environment is preferred where it exists', async () => {
    mkdirSync(home.path('envs/p/python/bin'), { recursive: true })
    writeFileSync(home.path('envs/p/python/bin/python3'), '#!/bin/sh\necho "own $(basename "$2")"\n', {
      mode: 0o755,
    })
    home.file('own.py', '')

    const { result } = await attempt('own.py', { runtime: python })

    expect(result.stdout).toBe('own own.py\n')
  })
})

describe('a native action', () => {
  test('is the file itself, started in the folder of the pack', async () => {
    home.file('binary', '#!/bin/sh\nprintf \'{"cwd":"%s","input":%s}\' "$PWD" "$(cat)"\n', 0o755)

    const request = home.request({
      action: { entrypoint: 'binary', output_format: 'json' },
      runtime: native,
      parameters: { a: 1 },
    })
    const { result } = await home.runner.run(request)

    expect(result.data).toEqual({ cwd: home.path('packs/p'), input: { a: 1 } })
  })

  test('runs as a program', async () => {
    copyFileSync('/bin/true', home.path('packs/p/actions/true'))
    chmodSync(home.path('packs/p/actions/true'), 0o755)

    expect(
      (await home.runner.run(home.request({ action: { entrypoint: 'true' }, runtime: native }))).status,
    ).toBe('completed')
  })

  test('says what it failed with', async () => {
    home.file('fails', '#!/bin/sh\necho bad >&2; exit 4\n', 0o755)

    const { result } = await home.runner.run(
      home.request({ action: { entrypoint: 'fails' }, runtime: native }),
    )

    expect(result.error).toBe('Native binary exited with code 4: bad\n')
  })

  test('must exist, be executable and be something that runs', async () => {
    home.file('plain', 'x')
    home.file('garbage', Uint8Array.of(1, 2, 3), 0o755)
    const errorOf = async (entrypoint: string) =>
      (await home.runner.run(home.request({ action: { entrypoint }, runtime: native }))).result.error

    expect(await errorOf('nothing')).toBe(
      `Action execution failed: Binary not found: ${home.path('packs/p/actions/nothing')}`,
    )
    expect(await errorOf('plain')).toBe(
      `Action execution failed: Binary is not executable: ${home.path('packs/p/actions/plain')}`,
    )
    expect(await errorOf('garbage')).toContain('Native binary exited with code')
  })
})

describe('output', () => {
  const json = { output_format: 'json' } as const

  test.each([
    [json, `echo '{"a":1}'`, { data: { a: 1 } }],
    [json, 'echo "[1]"', { data: [1] }],
    [json, 'echo 5', { data: 5 }],
    [json, `echo log; echo '{"a":1}'`, { data: { a: 1 } }],
    [{ output_format: 'jsonl' }, `echo '{"a":1}'; echo x; echo '{"b":2}'`, { data: [{ a: 1 }, { b: 2 }] }],
    [{ output_format: 'yaml' }, 'echo "a: 1"', { data: { a: 1 } }],
    [{ output_format: 'yaml' }, 'echo hello', { data: 'hello' }],
    [
      json,
      `echo '{"queue_ack":{"version":1},"b":1}'`,
      { data: { queue_ack: { version: 1 }, b: 1 }, queue_ack: { version: 1 } },
    ],
  ] as const)('%j of %j is data', async (action, code, expected) => {
    const result = await home.result(code, { action })

    expect(result).toMatchObject({ status: 'completed', ...expected })
    expect(result).not.toHaveProperty('stdout')
  })

  test('that is text stays text', async () => {
    const result = await home.result(`echo '{"a":1}'`)

    expect(result.stdout).toBe('{"a":1}\n')
    expect(result).not.toHaveProperty('data')
  })

  test('that is no JSON completes all the same', async () => {
    const result = await home.result('echo oops', { action: json })

    expect(result).toMatchObject({ status: 'completed', stdout: 'oops\n', output_error: expect.any(String) })
    expect(result).not.toHaveProperty('data')
  })

  test('that is empty is no error', async () => {
    expect(await home.result('true', { action: json })).toEqual({
      status: 'completed',
      succeeded: true,
      exit_code: 0,
      duration_ms: expect.any(Number),
    })
  })

  test('of a failure is not read', async () => {
    const result = await home.result(`echo '{"a":1}'; exit 1`, { action: json })

    expect(result).toMatchObject({ status: 'failed', stdout: '{"a":1}\n' })
    expect(result).not.toHaveProperty('data')
  })

  test('of a success with another exit code is read too', async () => {
    const action = { ...json, success_exit_codes: [0, 2] }

    const changed = await home.result(`echo '{"changes":3}'; exit 2`, { action })
    const wrong = await home.result(`echo '{"changes":3}'; exit 1`, { action })

    expect(changed).toMatchObject({ status: 'completed', exit_code: 2, data: { changes: 3 } })
    expect(wrong).toMatchObject({ status: 'failed', exit_code: 1, error: 'Command exited with code 1' })
  })

  test('with a number that cannot be kept ends well, and says that it is text', async () => {
    const result = await home.result(`echo '{"id":12345678901234567890}'`, { action: json })

    expect(result).toMatchObject({
      status: 'completed',
      data: { id: '12345678901234567890' },
      output_warning: 'Numbers with more digits than can be kept are text: id; print them in quotes',
    })
  })

  test('larger than a message is read from its log', async () => {
    const result = await home.result(`printf '{"a":"'; head -c 300000 /dev/zero | tr '\\0' x; printf '"}'`, {
      action: json,
    })

    expect(result.data).toEqual({ a: 'x'.repeat(300_000) })
  })

  test('that is not UTF-8, or that no database stores, is replaced in the result and kept in the log', async () => {
    const request = home.inline(`printf 'a\\xffb\\0c\\xed\\xa0\\x80'`)

    const { result } = await home.runner.run(request)

    expect(result.stdout).toBe('a\uFFFDb\uFFFDc\uFFFD\uFFFD\uFFFD')
    expect([...readFileSync(home.path(`artifacts/executions/${request.execution_id}/stdout.log`))]).toEqual([
      97, 255, 98, 0, 99, 237, 160, 128,
    ])
    expect((await home.result(`echo '{"a":"x\\u0000\\ud800"}'`, { action: json })).data).toEqual({
      a: 'x\uFFFD\uFFFD',
    })
    expect(
      (await home.result(`echo '{"\\ud800":1,"\\ud801":2,"\\ufffd":3}'`, { action: json })).data,
    ).toEqual({ '\\ud800': 1, '\\ud801': 2, '\uFFFD': 3 })
  })

  test('of 20 MiB is cut at 10 MiB with a notice', async () => {
    const result = await home.result('head -c 20971520 /dev/zero | tr "\\0" x')

    const text = textOf(result.stdout)
    expect(result).toMatchObject({
      status: 'completed',
      stdout_truncated: true,
      stdout_bytes_truncated: 10 * MiB + 128,
    })
    expect(text.endsWith('\n\n[OUTPUT TRUNCATED: stdout exceeded size limit]\n')).toBe(true)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(10 * MiB)
  })

  test('that has lines beside its data is in a log', async () => {
    const request = home.inline(`echo step 1; echo '{"a":1}'`, { action: json, known_secrets: ['step'] })

    const { result } = await home.runner.run(request)

    expect(result.data).toEqual({ a: 1 })
    const log = readFileSync(home.path(`artifacts/executions/${request.execution_id}/stdout.log`), 'utf8')
    expect(log).toBe('******** 1\n{"a":1}\n')
  })

  test('of a process that runs on is in logs, which the result names', async () => {
    const request = home.inline('echo out; echo err >&2; sleep 1; exit 1')

    const { result } = await home.runner.run(request)

    const stderr_log = `executions/${request.execution_id}/stderr.log`
    expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', stderr_log })
    expect(readFileSync(home.path('artifacts', stderr_log), 'utf8')).toBe('err\n')
  })

  test('shows in the log while the process runs', async () => {
    const request = home.inline('echo first; until [ -e go ]; do sleep 0.05; done; echo second')
    const log = home.path(`artifacts/executions/${request.execution_id}/stdout.log`)

    const ended = home.runner.run(request)
    await eventually(
      () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
      (text) => text === 'first\n',
    )
    writeFileSync(home.path('packs/p/go'), '')

    expect((await ended).result.stdout).toBe('first\nsecond\n')
    expect(readFileSync(log, 'utf8')).toBe('first\nsecond\n')
  })

  test('loses nothing that a process substitution writes after the end', async () => {
    const result = await home.result('exec > >(sleep 0.2; cat); echo late')

    expect(result.stdout).toBe('late\n')
  })
})

describe('known secrets', () => {
  const secret = 'p@ss "word" 1'
  const known_secrets = [secret, '98765']

  test('are masked in text and error', async () => {
    const result = await home.result('echo "a $s"; echo "b $s" >&2; printf %s "$s" | base64; exit 1', {
      parameters: { s: secret },
      known_secrets,
    })

    expect(result).toMatchObject({ stderr: 'b ********\n', error: 'b ********\n' })
    expect(result.stdout).toMatch(/^a \*{8}\n\*{8}/)
  })

  test('are masked in data, also where they are names or numbers, and do not break it', async () => {
    home.file('secret.sh', `read -r line; echo "{\\"in\\": $line, \\"pin\\": 98765, \\"98765\\": true}"\n`)
    const request = home.request({
      action: { entrypoint: 'secret.sh', output_format: 'json' },
      parameters: { s: secret },
      known_secrets,
    })

    const { result } = await home.runner.run(request)

    expect(result.data).toEqual({ in: { s: '********' }, pin: '********', '********': true })
  })

  test('are masked in large data too', async () => {
    const code = `printf '[98765,"'; head -c 200000 /dev/zero | tr '\\0' x; printf '%s"]' "$n"`
    const request = home.inline(code, {
      action: { output_format: 'json' },
      parameters: { n: '98765' },
      known_secrets,
    })

    const { result } = await home.runner.run(request)

    expect(result.data).toEqual(['********', `${'x'.repeat(200_000)}********`])
    expect(
      readFileSync(home.path(`artifacts/executions/${request.execution_id}/stdout.log`), 'utf8'),
    ).not.toContain('98765')
  })

  test('do not get into variables made from the context', async () => {
    const result = await home.result('printenv | grep CONTEXT', {
      parameters: { context: { open: 'yes', hidden: `x ${secret}` } },
      known_secrets,
    })

    expect(result.stdout).toBe('ATTUNE_CONTEXT_OPEN=yes\n')
  })
})

describe('a process that should end', { timeout: 40_000 }, () => {
  test('after its time limit ends as a timeout and keeps its output', async () => {
    const { status, result } = await home.run('echo begun; sleep 20', { timeout_seconds: 0.5 })

    expect(status).toBe('timeout')
    expect(result).toMatchObject({
      exit_code: -1,
      timed_out: true,
      error: 'Execution timed out after 0.5 seconds',
      stdout: 'begun\n',
    })
    expect(Number(result.duration_ms)).toBeLessThan(12_000)
  })

  test('does so in time when it was given much input and reads none', async () => {
    home.file('sleeps.sh', 'sleep 20\n')

    const request = home.request({
      action: { entrypoint: 'sleeps.sh' },
      parameters: { a: 'x'.repeat(MiB) },
      timeout_seconds: 0.5,
    })

    expect((await home.runner.run(request)).status).toBe('timeout')
  })

  test('is killed five seconds later when it ignores SIGTERM, and so are its children', async () => {
    const pids = home.path('trap.pids')

    const { status, result } = await home.run(`trap '' TERM; sleep 61 & echo $! > ${pids}; wait; sleep 60`, {
      timeout_seconds: 0.5,
    })

    expect({ status, signal: result.signal }).toEqual({ status: 'timeout', signal: 'SIGKILL' })
    expect(Number(result.duration_ms)).toBeGreaterThan(5000)
    expect(Number(result.duration_ms)).toBeLessThan(20_000)
    await gone(await pidIn(pids))
  })

  test('takes along a child that ignores SIGTERM when it obeys itself', async () => {
    const pids = home.path('stubborn.pids')
    const code = `(trap '' TERM; echo $BASHPID > ${pids}; while :; do sleep 0.2; done) & trap 'exit 3' TERM; wait`

    const { status } = await home.run(code, { timeout_seconds: 0.5 })

    expect(status).toBe('timeout')
    await gone(await pidIn(pids))
  })

  test('ends when it is cancelled, with everything it started', async () => {
    const pids = home.path('cancel.pids')
    const request = home.inline(`sleep 60 & echo $! > ${pids}; wait`)

    const ended = home.runner.run(request)
    const child = await pidIn(pids)
    home.runner.cancel(request.execution_id)

    const { status, result } = await ended
    expect(status).toBe('cancelled')
    expect(result).toMatchObject({ cancelled: true, succeeded: false, error: 'Execution cancelled by user' })
    await gone(child)
  })

  test('that kills itself has failed', async () => {
    expect(await home.run('kill -9 $$')).toMatchObject({
      status: 'failed',
      result: { exit_code: -1, signal: 'SIGKILL' },
    })
  })
})

describe('a cancel', () => {
  test('before the dispatch arrives keeps the process from being started', async () => {
    const request = home.inline(`touch ${home.path('started')}`)

    home.runner.cancel(request.execution_id)

    expect(await home.runner.run(request)).toMatchObject({ status: 'cancelled', result: { cancelled: true } })
    expect(existsSync(home.path('started'))).toBe(false)
  })

  test('while the process is being prepared does so too', async () => {
    const request = home.inline(`touch ${home.path('started')}; sleep 5`, {
      parameters: { a: 'x'.repeat(MiB) },
    })

    const ended = home.runner.run(request)
    home.runner.cancel(request.execution_id)

    expect((await ended).status).toBe('cancelled')
    expect(existsSync(home.path('started'))).toBe(false)
    const files = readdirSync(home.path('work/actions', home.instance))
    expect(files.filter((name) => !/^(spawner|process)-/.test(name))).toEqual([])
  })

  test('after the end changes nothing', async () => {
    const request = home.inline('true')
    const { status } = await home.runner.run(request)

    home.runner.cancel(request.execution_id)

    expect(status).toBe('completed')
    expect(home.runner.running()).toBe(0)
  })
})

test('a child in the background that holds the output does not hold the execution', async () => {
  const pids = home.path('background.pids')

  const { status, result } = await home.run(`sleep 60 & echo $! > ${pids}; echo done`)

  expect(status).toBe('completed')
  expect(result.stdout).toBe('done\n')
  await gone(await pidIn(pids))
}, 15_000)

test('a process that left the group and holds the output does not hold the execution, nor the next one’s pipe', async () => {
  const pids = home.path('escaped.pids')

  const { status } = await home.run(
    `setsid sh -c 'echo $$ > ${pids}; while echo noise; do sleep 0.1; done' & sleep 0.3; echo done`,
  )
  const next = await home.result('sleep 0.3; echo mine')

  expect(status).toBe('completed')
  expect(next.stdout).toBe('mine\n')
  process.kill(-(await pidIn(pids)), 'SIGKILL')
}, 15_000)

describe('with logs of all executions', () => {
  let logging: ActionHome
  beforeAll(async () => void (logging = await new ActionHome({ live_log_after_ms: 0 }).start()))
  afterAll(() => logging.stop())

  test('each stream that says something has a file, and secrets are masked in it', async () => {
    const request = logging.inline('echo "a $s"; echo "b $s" >&2', {
      parameters: { s: 'hush-hush' },
      known_secrets: ['hush-hush'],
    })

    const { result } = await logging.runner.run(request)

    const folder = `executions/${request.execution_id}`
    expect(result.stderr_log).toBe(`${folder}/stderr.log`)
    expect(readFileSync(logging.path('artifacts', folder, 'stdout.log'), 'utf8')).toBe('a ********\n')
    expect(readFileSync(logging.path('artifacts', folder, 'stderr.log'), 'utf8')).toBe('b ********\n')
  })

  test('a silent stream has none', async () => {
    const request = logging.inline('echo boom >&2; exit 1')

    expect((await logging.runner.run(request)).result.error).toBe('boom\n')
    expect(readdirSync(logging.path(`artifacts/executions/${request.execution_id}`))).toEqual([
      'stderr.log',
      'stderr.times',
    ])
  })

  test('those of an earlier attempt are removed', async () => {
    const request = logging.inline('echo once; echo failed >&2')
    await logging.runner.run(request)

    await logging.runner.run({
      ...request,
      attempt: 2,
      action: { ...request.action, entrypoint: 'echo twice' },
    })

    const folder = logging.path(`artifacts/executions/${request.execution_id}`)
    expect(readdirSync(folder)).toEqual(['stdout.log', 'stdout.times'])
    expect(readFileSync(`${folder}/stdout.log`, 'utf8')).toBe('twice\n')
  })
})

test('many at once do not mix', async () => {
  const runs = Array.from({ length: 40 }, (_, n) =>
    home.result('echo "$n"; echo "e$n" >&2', { parameters: { n } }),
  )

  const results = await Promise.all(runs)

  expect(results.map(({ stdout, stderr }) => `${textOf(stdout)}${textOf(stderr)}`)).toEqual(
    results.map((_, n) => `${n}\ne${n}\n`),
  )
  expect(home.runner.running()).toBe(0)
}, 30_000)

test('parameters that hide keys are said, by name', async () => {
  await home.run('true', { parameters: { a: 1 }, keys: { a: 'hidden', b: 2 } })

  expect(home.logged.at(-1)).toMatch(/override the keys a$/)
})

test('folders of the worker are private', async () => {
  const result = await home.result('dirname "$0"')

  for (const folder of [
    home.path('work'),
    home.path('work/actions', home.instance),
    textOf(result.stdout).trim(),
  ]) {
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  }
})
