import { expect, test } from 'vitest'
import type { Route } from '../src/http/route.ts'
import { wholeApi } from './whole-api.ts'
import { fixture } from './fixture.ts'
import { makeWorld, pathIn } from './world.ts'

const api = await fixture(wholeApi())
const world = await makeWorld(api.db)

/** Ways of writing a path that some proxy or router reads as another. */
const spellings: Readonly<Record<string, (path: string) => string>> = {
  '/health behind it': (path) => `${path}/health`,
  '/docs behind it': (path) => `${path}/docs`,
  '/auth/settings behind it': (path) => `${path}/auth/settings`,
  '/health before it': (path) => `/health${path}`,
  '/docs before it': (path) => `/docs${path}`,
  'up from /docs': (path) => `/docs/..${path}`,
  'up from /docs, encoded': (path) => `/docs/%2e%2e${path}`,
  'up from /health': (path) => `/health/..${path}`,
  ';x behind it': (path) => `${path};x`,
  ';x in each segment': (path) => path.replaceAll(/(?<=.)\//g, ';x/'),
  'encoded slash': (path) => path.replace(/(?<=.)\//, '%2f'),
  'encoded slash twice': (path) => path.replace(/(?<=.)\//, '%252f'),
  'two slashes': (path) => `/${path}`,
  'two slashes inside': (path) => path.replace('/api/', '/api//'),
  backslash: (path) => path.replace(/(?<=.)\//, '%5c'),
  'upper case': (path) => path.toUpperCase(),
  'a dot behind it': (path) => `${path}.`,
  'a slash behind it': (path) => `${path}/`,
  'an extension': (path) => `${path}.json`,
  'a dot segment': (path) => path.replace('/api/', '/./api/'),
  'an encoded letter': (path) => path.replace('/api/', '/%61pi/'),
  'a NUL': (path) => `${path}%00`,
  'a line break': (path) => `${path}%0d%0ax:y`,
  'a broken escape': (path) => `${path}%zz`,
  'a query that names /health': (path) => `${path}?path=/health`,
  'a fragment': (path) => `${path}%23/health`,
  'a whole URL': (path) => `http://localhost${path}`,
}

/** Headers that some proxy or framework takes the method, the path or the caller from. */
const headers: readonly Record<string, string>[] = [
  { 'x-http-method-override': 'GET' },
  { 'x-http-method-override': 'OPTIONS' },
  { 'x-original-url': '/health' },
  { 'x-rewrite-url': '/health' },
  { 'x-forwarded-prefix': '/health' },
  { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' },
  { 'x-forwarded-user': 'admin', 'x-remote-user': 'admin' },
  { host: 'localhost' },
  { authorization: 'Basic YWRtaW46YWRtaW4=' },
  { authorization: 'Bearer ' },
  { authorization: 'bearer null' },
  { cookie: 'attune_access_token=' },
  { cookie: 'attune_access_token=null; attune_access_token=undefined' },
  { 'content-type': 'application/json' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': 'application/xml' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': '///' },
]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']

test('however a path is spelt, nobody gets in', async () => {
  const wrong: string[] = []
  let sent = 0
  for (const route of closed()) {
    for (const [how, spelt] of Object.entries(spellings)) {
      sent += 1
      await refusing(wrong, { method: route.method, path: spelt(pathIn(world, route)), how })
    }
  }
  process.stdout.write(`${sent} spellings sent\n`)
  expect(wrong).toEqual([])
})

test('whatever the method, the headers and the body, nobody gets in', async () => {
  const wrong: string[] = []
  for (const route of closed()) {
    const path = pathIn(world, route)
    for (const method of methods) await refusing(wrong, { method, path, how: method })
    for (const more of headers) {
      const body = route.method === 'GET' ? undefined : '{"a":'
      await refusing(wrong, {
        method: route.method,
        path,
        how: JSON.stringify(more),
        headers: more,
        ...(body === undefined ? {} : { body }),
      })
    }
  }
  expect(wrong).toEqual([])
})

test('a file of the documentation is not a way to other files', async () => {
  for (const path of [
    '/docs/../package.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs//etc/passwd',
  ]) {
    const { status } = await api.ask('GET', path)
    expect([path, status]).toEqual([path, 404])
  }
})

test('answers say to browsers that there is nothing to load, to frame or to keep', async () => {
  const { headers: told } = await api.ask('GET', '/api/v1/rules')
  expect(told).toMatchObject({
    'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  expect(told['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

function closed(): Route[] {
  return api.routes.filter(({ access }) => access !== 'public')
}

type Attempt = { method: string; path: string; how: string; headers?: Record<string, string>; body?: string }

/** A refusal has our form, and the status of one that is not in: unknown, or not here. */
async function refusing(wrong: string[], { method, path, how, ...request }: Attempt): Promise<void> {
  const { status, text } = await api.ask(method, path, request)
  const ours = method === 'HEAD' || text.startsWith('{"error":"')
  if (![401, 404, 405].includes(status) || !ours)
    wrong.push(`${method} ${path} (${how}): ${status} ${text.slice(0, 120)}`)
}
