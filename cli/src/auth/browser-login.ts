import { spawn } from 'node:child_process'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { dataOf } from '@attune/client/dist/answer.js'
import type { Api } from '@attune/client/dist/api.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Failure } from '../failure.ts'
import type { Output } from '../output/output.ts'
import type { Terminal } from '../terminal.ts'

const WAIT_MS = 300_000
const MOST_BYTES = 64 * 1024

/** What the browser brings: the session, and whose it is where the server says so. */
export type BroughtSession = Pick<Schemas['Session'], 'access_token' | 'refresh_token' | 'expires_in'> & {
  login: string | undefined
}

type Around = { terminal: Terminal; out: Output }

/**
 * Logs in at the identity provider: opens the browser and waits until it brings the session, on an address of this
 * machine. The address holds a secret that only the browser we opened knows, so that no other page can push a session
 * of somebody else in.
 */
export async function browserLogin(
  client: Api,
  { open, port }: { open: boolean; port: number },
  around: Around,
): Promise<BroughtSession> {
  await requireProvider(client)
  const nonce = randomBytes(32).toString('base64url')
  const server = await listen(port)
  try {
    const callback = `http://127.0.0.1:${portOf(server)}/callback?nonce=${nonce}`
    const url = `${client.url}/auth/oidc/login?cli_redirect_uri=${encodeURIComponent(callback)}`
    around.terminal.stderr.write(`Log in with the browser: ${url}\n`)
    if (open) openBrowser(url, around)
    return await handedOver(server, new URL(callback), around.terminal.signal)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function requireProvider(client: Api): Promise<void> {
  const fetch = client.sending({ anonymous: true, impatient: true })
  const { oidc_enabled } = await dataOf(client.GET('/auth/settings', { fetch }))
  if (!oidc_enabled)
    throw new Failure('refused', `${client.url} has no identity provider. Log in with a password or --token.`)
}

async function listen(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Failure('usage', `Cannot wait on port ${port}: ${error.message}.`)),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Failure('unavailable', 'No port to wait on.')
  return address.port
}

function handedOver(server: Server, callback: URL, signal: AbortSignal): Promise<BroughtSession> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Failure('wait_timed_out', `Nobody logged in within ${WAIT_MS / 1000} s.`)),
      WAIT_MS,
    )
    const interrupted = (): void => reject(new Failure('interrupted', 'Interrupted.'))
    signal.addEventListener('abort', interrupted, { once: true })
    server.on('request', (request, response) => {
      void receive(request, response, callback).then((session) => {
        if (session === undefined) return
        clearTimeout(timer)
        signal.removeEventListener('abort', interrupted)
        // Only when the person has read that it is done.
        response.once('close', () => resolve(session))
      })
    })
  })
}

/** Answers the browser; undefined for everything that is not the page we wait for. */
async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  callback: URL,
): Promise<BroughtSession | undefined> {
  const expected = request.method === 'POST' && isCallback(request, callback)
  const session = expected ? sessionIn(await formOf(request)) : undefined
  const [status, sentence] =
    session === undefined
      ? [403, 'This is not the login that the command line waits for.']
      : [200, 'You are logged in. Close this window and go back to the command line.']
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(`<!doctype html><meta charset="utf-8"><title>Attune</title><p>${sentence}</p>\n`)
  return session
}

/** The host too: a page elsewhere may have a name that leads to this machine. */
function isCallback({ url = '', headers }: IncomingMessage, callback: URL): boolean {
  const asked = new URL(url, callback.origin)
  return (
    headers.host === callback.host &&
    asked.pathname === callback.pathname &&
    isSame(asked.searchParams.get('nonce') ?? '', callback.searchParams.get('nonce') ?? '')
  )
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const length = Number(request.headers['content-length'])
  if (!Number.isSafeInteger(length) || length > MOST_BYTES) return new URLSearchParams()
  return new URLSearchParams(await readText(request))
}

function sessionIn(form: URLSearchParams): BroughtSession | undefined {
  const [access_token, refresh_token] = [form.get('access_token'), form.get('refresh_token')]
  const expires_in = Number(form.get('expires_in'))
  if (access_token === null || refresh_token === null || !Number.isSafeInteger(expires_in)) return undefined
  return { access_token, refresh_token, expires_in, login: form.get('login') ?? undefined }
}

/** The address is one argument of a program: no shell reads it. */
function openBrowser(url: string, { terminal: { env }, out }: Around): void {
  const [command = '', ...args] = openerOf(env)
  const opener = spawn(command, [...args, url], { env, stdio: 'ignore', detached: true })
  opener.once('error', () => out.warn('No browser could be opened; open the address yourself.'))
  opener.unref()
}

function openerOf({ BROWSER }: NodeJS.ProcessEnv): string[] {
  if (BROWSER !== undefined && BROWSER !== '') return [BROWSER]
  if (process.platform === 'darwin') return ['open']
  return process.platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler'] : ['xdg-open']
}
