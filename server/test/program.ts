import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const ACCESS_TOKEN_SECRET = 'q7Zt0vLxk3Wm9RbN5cYe2HsUj8PdAfGi'

const main = new URL('../dist/main.js', import.meta.url).pathname

/** The whole program as a process of its own, as a person starts it. */
export type ProgramProcess = {
  url: string
  child: ChildProcess
  /** Everything it has printed. */
  output(): string
  /** Sends a signal and waits until it is gone; answers its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** An access token of the administrator. */
  login(): Promise<string>
  /** A request with the administrator's token; throws for anything but success. */
  api<Body>(method: string, path: string, body?: object): Promise<Body>
}

/** Starts `attune-server` on a free port and waits until it says that it is ready. */
export async function startProgram(
  home: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<ProgramProcess> {
  const child = spawn(process.execPath, [main, '--port', '0', ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '/',
      ATTUNE_HOME: home,
      // Without a database of its own a program makes none.
      ...(env.ATTUNE__DATABASE__URL === undefined
        ? {}
        : { ATTUNE__SECURITY__ACCESS_TOKEN_SECRET: ACCESS_TOKEN_SECRET }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const url = await readyUrl(() => output, exited)
  let token: string | undefined

  async function login(): Promise<string> {
    const password = (await readFile(join(home, 'admin-password'), 'utf8')).trim()
    const answer = await send<{ data: { access_token: string } }>(`${url}/auth/login`, 'POST', {
      login: 'admin',
      password,
    })
    return answer.data.access_token
  }
  return {
    url,
    child,
    output: () => output,
    async end(signal) {
      child.kill(signal)
      return exited
    },
    login,
    async api<Body>(method: string, path: string, body?: object) {
      token ??= await login()
      return send<Body>(`${url}${path}`, method, body, token)
    },
  }
}

async function send<Body>(url: string, method: string, body?: object, token?: string): Promise<Body> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`)
  return JSON.parse(text) as Body
}

async function readyUrl(output: () => string, exited: Promise<number | null>): Promise<string> {
  let gone = false
  void exited.then(() => (gone = true))
  const deadline = Date.now() + 60_000
  for (;;) {
    const found = /Attune is ready at (\S+)/.exec(output())
    if (found?.[1] !== undefined) return found[1]
    if (gone || Date.now() > deadline) throw new Error(`The program did not become ready:\n${output()}`)
    await sleep(50)
  }
}
