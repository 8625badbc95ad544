import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ActionHome } from '../../test/action-home.ts'
import { eventually } from '../../test/eventually.ts'
import { isRoot } from '../database/embedded/account.ts'
import type { AccountPool } from '../run-as/lend.ts'
import { livingByUid } from '../run-as/living.ts'
import { openAccounts } from '../run-as/open.ts'

const TOKEN = 'a-token-that-nobody-else-is-to-see'

/** The text of standard output of a program of ours, as the runner keeps it. */
async function said(home: ActionHome, code: string, overrides = {}): Promise<string> {
  const { stdout, stderr } = await home.result(code, { api_token: TOKEN, ...overrides })
  return (typeof stdout === 'string' ? stdout : JSON.stringify(stderr)).trim()
}

describe.runIf(isRoot())('as root, each execution has an account of its own', () => {
  let accounts: AccountPool
  let home: ActionHome

  beforeAll(async () => {
    ;({ accounts } = await openAccounts('auto', `test-${process.pid}-${Math.random()}`))
    home = new ActionHome({ accounts, spawners: 2 })
    chmodSync(home.root, 0o711)
    writeFileSync(home.path('jwt-secret'), 'the secret', { mode: 0o600 })
    await home.start()
  })
  afterAll(async () => {
    await home.stop()
    await accounts.close()
  })

  test('it is nobody that anything else runs as, in no group, and has a home of its own', async () => {
    const [ids, again] = await Promise.all([
      said(home, 'id -u; id -g; id -G; sleep 0.3'),
      said(home, 'id -u; sleep 0.3'),
    ])
    const [uid, gid, groups] = ids.split('\n')

    expect(Number(uid)).toBeGreaterThanOrEqual(61_184)
    expect([gid, groups]).toEqual([uid, uid])
    expect(again).not.toBe(uid)
    expect(await said(home, 'test -w "$HOME" && test "$HOME" = "$TMPDIR" && echo "$USER $LOGNAME"')).toMatch(
      /^attune-(\d+) attune-\1$/,
    )
  })

  test('its parameters, its script, its token and its standard streams are there', async () => {
    const code = [
      'cat "$ATTUNE_API_TOKEN_FILE" | wc -c',
      'stat -c %a "$ATTUNE_API_TOKEN_FILE" "$0" | sort -u',
      'echo out > /dev/stdout; echo err > /dev/stderr; echo "$greeting"',
    ].join('\n')
    const result = await home.result(code, { api_token: TOKEN, parameters: { greeting: 'hello' } })

    expect(result).toMatchObject({ stdout: `${TOKEN.length}\n400\n600\nout\nhello\n`, stderr: 'err\n' })

    home.file('in.sh', 'cat; cat "$ATTUNE_PARAMETER_FILE" 2> /dev/null\ntrue\n')
    const big = 'x'.repeat(200_000)
    for (const text of ['small', big])
      expect(
        (await home.runner.run(home.request({ action: { entrypoint: 'in.sh' }, parameters: { text } })))
          .result,
      ).toMatchObject({ stdout: expect.stringContaining(`{"text":"${text.slice(0, 5)}`) })
    home.file('opens.sh', 'cat /dev/stdin\n')
    expect(
      (await home.runner.run(home.request({ action: { entrypoint: 'opens.sh' } }))).result,
    ).toMatchObject({
      stdout: '{}\n',
    })
    const byFile = { entrypoint: 'in.sh', parameter_delivery: 'file' as const }
    for (const text of ['small', big])
      expect(
        (await home.runner.run(home.request({ action: byFile, parameters: { text } }))).result,
      ).toMatchObject({ stdout: expect.stringContaining(text.slice(0, 5)) })
  })

  test.each([
    ['a secret of the home', () => `cat ${home.path('jwt-secret')}`],
    ['the environment of the worker', () => `cat /proc/${process.pid}/environ`],
    ['the environment of the spawner', () => 'cat /proc/$PPID/environ'],
    ['what the spawner has open', () => 'ls /proc/$PPID/fd/'],
    ['the memory of the worker', () => `head -c 1 /proc/${process.pid}/mem`],
    ['the list of private files', () => `ls ${home.path('work')}`],
    ['the list of private files of a spawner', () => 'ls "$(dirname "$ATTUNE_API_TOKEN_FILE")"'],
    ['logs of others', () => `ls ${home.path('artifacts', 'executions')}`],
    ['its pack, to write', () => `touch ${home.path('packs/p/actions/planted')}`],
    ['the folder of environments, to write', () => `mkdir ${home.path('envs', 'planted')}`],
    ['a signal to its spawner', () => 'kill -TERM $PPID'],
    ['a signal to the worker', () => `kill -0 ${process.pid}`],
    ['somebody else', () => 'chown 0 "$HOME"'],
  ])('it is refused %s', async (_, attack) => {
    const result = await home.result(attack(), { api_token: TOKEN })

    expect(result).toMatchObject({ succeeded: false })
    expect(result.stderr).toMatch(/denied|not permitted/i)
  })

  test('nothing secret is in its environment, which it and whoever shares the account may read', async () => {
    const environ = await said(home, String.raw`cat /proc/self/environ | tr '\0' '\n'`)

    expect(environ).toContain('ATTUNE_API_TOKEN_FILE=')
    expect(environ).not.toContain('ATTUNE_API_TOKEN=')
    expect(environ).not.toContain('****')
  })

  test('it inherits nothing but its own three streams', async () => {
    const open = await said(home, 'for fd in /proc/self/fd/*; do readlink "$fd"; done 2>/dev/null; true')

    // The rest is the shell's: its script and the folder that it lists.
    expect(open.split('\n').filter((path) => /socket|anon_inode|dist|sqlite/.test(path))).toEqual([])
  })

  test('of another execution it sees neither environment nor memory nor files nor streams, and cannot end it', async () => {
    const other = home.run('echo $$ > "$HOME/pid"; echo "$HOME" > /tmp/attune-other-home-$$; sleep 20', {
      api_token: TOKEN,
      execution_id: 77,
    })
    const uid = await eventually(
      () => [...livingByUid()].find(([, pids]) => pids.some((pid) => isSleep(pid)))?.[0],
      (found) => found !== undefined,
    )
    const pid = livingByUid().get(uid ?? 0)?.[0] ?? 0
    const file = /ATTUNE_API_TOKEN_FILE=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1]
    const folder = /HOME=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1]

    const attack = [
      `cat /proc/${pid}/environ`,
      `head -c 1 /proc/${pid}/mem`,
      `ls /proc/${pid}/fd/ /proc/${pid}/cwd/`,
      `echo forged > /proc/${pid}/fd/1`,
      `cat ${file}`,
      `ls ${folder}`,
      `kill -KILL ${pid}`,
    ].map((line) => `(${line}) 2>/dev/null && echo "got: ${line.replaceAll('"', '')}"`)
    const result = await home.result(`${attack.join('\n')}\necho tried; kill -KILL -1`, { api_token: TOKEN })

    expect(result.stdout).toBe('tried\n')
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    expect(statSync(file ?? '')).toMatchObject({ uid, mode: 0o100_400 })
    home.runner.cancel(77)
    expect((await other).status).toBe('cancelled')
    expect(existsSync(file ?? '')).toBe(false)
    for (const left of readdirSync('/tmp').filter((name) => name.startsWith('attune-other-home-')))
      spawnSync('rm', ['-f', join('/tmp', left)])
  })

  test('what leaves its group, hides and forks ends with it, and its account comes back only then', async () => {
    const uid = Number(
      await said(
        home,
        'id -u; setsid sh -c "trap : TERM HUP; while :; do sleep 0.05 & wait; done" > /dev/null 2>&1 < /dev/null &',
      ),
    )

    expect(livingByUid().has(uid)).toBe(true)
    await eventually(
      () => livingByUid().has(uid),
      (lives) => !lives,
    )
    const later = await Promise.all(Array.from({ length: 20 }, () => said(home, 'id -u')))
    expect(later).not.toContain(String(uid))
  })

  test('what it leaves in its folder is gone, links in it lead nowhere, and nobody finds it', async () => {
    mkdirSync(home.path('precious'), { mode: 0o755 })
    writeFileSync(home.path('precious', 'file'), 'keep me')
    const code = `mkdir -p a/b; ln -s ${home.path('precious')} a/b/c; ln -s ${home.path('precious')} out; chmod 000 a; pwd`
    const folder = await said(home, `cd "$HOME"; ${code}`)

    await eventually(
      () => existsSync(join(folder, 'out')),
      (there) => !there,
    )
    expect(readFileSync(home.path('precious', 'file'), 'utf8')).toBe('keep me')
    expect(await said(home, 'ls -A "$HOME" | wc -l')).toBe('0')
  })

  test('a pack that the account cannot reach is run from a copy, which follows it', async () => {
    const hidden = home.path('hidden')
    mkdirSync(join(hidden, 'pack/actions'), { recursive: true })
    chmodSync(hidden, 0o700)
    writeFileSync(join(hidden, 'pack/actions/hi.sh'), 'echo one', { mode: 0o600 })
    const action = { entrypoint: 'hi.sh', pack_dir: join(hidden, 'pack') }

    expect((await home.runner.run(home.request({ action }))).result).toMatchObject({ stdout: 'one\n' })

    writeFileSync(join(hidden, 'pack/actions/hi.sh'), 'echo another')
    await eventually(
      async () => (await home.runner.run(home.request({ action }))).result.stdout,
      (stdout) => stdout === 'another\n',
    )
  })
})

function isSleep(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\u000020\u0000'
  } catch {
    return false
  }
}

describe('as this process itself', () => {
  const home = new ActionHome()

  beforeAll(() => home.start())
  afterAll(() => home.stop())

  test('it runs as the worker does, and its token is in a file all the same', async () => {
    const code = 'id -u; wc -c < "$ATTUNE_API_TOKEN_FILE"; stat -c %a "$ATTUNE_API_TOKEN_FILE"'

    expect(await said(home, code)).toBe(`${process.getuid?.()}\n${TOKEN.length}\n400`)
  })

  test('nothing secret is in any environment, also for whoever runs as the same', async () => {
    const code = String.raw`cat /proc/self/environ /proc/$PPID/environ | tr '\0' '\n' | grep -c -e "${'$'}(cat $ATTUNE_API_TOKEN_FILE)" -e JWT; true`

    expect(await said(home, code)).toBe('0')
  })
})
