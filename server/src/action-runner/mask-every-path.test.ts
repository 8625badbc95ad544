import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ActionHome } from '../../test/action-home.ts'

let home: ActionHome
beforeAll(async () => {
  home = await new ActionHome({ live_log_after_ms: 100, max_result_bytes: 20_000_000 }).start()
}, 30_000)
afterAll(() => home.stop())

/** Prints its secret in the ways that it is told, and stays long enough for its log to be live. */
const says = `
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
const { secret, how } = JSON.parse(readFileSync(0, 'utf8'))
const whole = {
  text: 'out ' + secret + ' end\\n',
  json: JSON.stringify({ a: secret, [secret]: [secret + ' end'] }),
  jsonl: JSON.stringify({ a: secret }) + '\\n' + JSON.stringify([secret]) + '\\n',
  yaml: '- ' + JSON.stringify(secret) + '\\n- ' + Buffer.from(secret).toString('base64') + '\\n',
  broken: '*' + secret.replace(/[^\\w]/g, '') + '\\n' + '{"a": "' + secret,
}[how]
process.stderr.write('err ' + secret)
await setTimeout(how === 'text' ? 400 : 0)
process.stderr.write(' ' + Buffer.from(secret).toString('hex') + '\\n')
process.stdout.write(whole)
process.exitCode = how === 'text' ? 1 : 0
`

const meta = String.raw`.*+?^$`
const secrets: [string, string][] = [
  ['four characters with a meaning in patterns', '(a[*'],
  ['several lines', '-----BEGIN-----\nabcdefgh.*\n(ijklmnop\n'],
  ['other scripts', 'пароль→𝄞\u2028é'],
  ['12 KB', `${meta}{2}(x|y)[z]\n`.repeat(700)],
  ['100 KB with a meaning in patterns', `${meta}{2}(x|y)[z]\\`.repeat(5500)],
  ['5 MB', 'k3y/'.repeat(1_250_000)],
]
const ways = ['text', 'json', 'jsonl', 'yaml', 'broken'] as const

describe.each(secrets)('a secret of %s', (_name, secret) => {
  test.each(ways)('shows nowhere when %s is put out', { timeout: 120_000 }, async (how) => {
    home.file('says.mjs', says)
    const format = how === 'broken' ? 'yaml' : how
    const request = home.request({
      action: { entrypoint: 'says.mjs', output_format: format },
      runtime: {
        name: 'Node',
        execution_config: { interpreter: { binary: process.execPath, args: [], file_extension: '.mjs' } },
      },
      parameters: { secret, how },
      known_secrets: [secret],
      timeout_seconds: 60,
    })

    const [{ result, status }, other] = await Promise.all([
      home.runner.run(request),
      home.run('sleep 0.3; echo here'),
    ])

    expect(status).toBe(how === 'text' ? 'failed' : 'completed')
    expect(other.result).toMatchObject({ stdout: 'here\n' })
    const logs = ['stdout', 'stderr']
      .map((name) => home.path(`artifacts/executions/${request.execution_id}/${name}.log`))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'))
    for (const text of [JSON.stringify(result), ...logs, ...home.logged]) {
      for (const piece of piecesOf(secret)) expect(text.includes(piece)).toBe(false)
    }
    expect(JSON.stringify(result)).toContain('********')
  })
})

/** What must not show of it: all of a short one, and no two hundred characters of another, as text or encoded. */
function piecesOf(secret: string): string[] {
  const piece = secret.length <= 200 ? secret : secret.slice(secret.length / 2, secret.length / 2 + 200)
  const forms = [piece, JSON.stringify(piece).slice(1, -1), Buffer.from(piece).toString('hex')]
  return forms.flatMap((form) => [form, JSON.stringify(form).slice(1, -1)])
}

test('an error about what could not be started does not quote it', async () => {
  const secret = 'quoted-horse-battery'
  const known_secrets = [secret]

  const ends = await Promise.all([
    home.runner.run(home.request({ action: { entrypoint: secret }, known_secrets })),
    home.runner.run(home.inline('echo never', { env_vars: { X: `${secret}\0` }, known_secrets })),
  ])

  expect(ends.map(({ status }) => status)).toEqual(['failed', 'completed'])
  expect(JSON.stringify([ends, home.logged])).not.toContain('horse')
  expect(await home.result('echo on')).toMatchObject({ stdout: 'on\n' })
})
