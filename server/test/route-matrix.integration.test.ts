import { expect, test } from 'vitest'
import type { Grant, Permission } from '../src/domain/caller/permission.ts'
import type { Route } from '../src/http/route.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'
import { accessToken, tokensOf } from './session.ts'
import { type RawAnswer, wholeApi } from './whole-api.ts'
import { makeWorld, pathIn, pathToNothing } from './world.ts'

/*
 * Every route as everybody: what its declaration says is what happens. The list of open routes stands here a second
 * time, so that one more is a decision.
 */

const open = [
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /health/detailed',
  'GET /metrics',
  'GET /auth/settings',
  'GET /auth/logout',
  'GET /auth/oidc/login',
  'GET /auth/callback',
  'POST /auth/login',
  'POST /auth/token-login',
  'POST /auth/ldap/login',
  'POST /auth/register',
  'POST /auth/refresh',
  'POST /auth/logout',
  'POST /auth/internal/sensor-token',
  'POST /api/v1/webhooks/{webhook_key}',
  'GET /schemas/pack.json',
  'GET /schemas/action.json',
  'GET /schemas/trigger.json',
  'GET /schemas/sensor.json',
  'GET /schemas/rule.json',
  'GET /schemas/runtime.json',
  'GET /schemas/permission-set.json',
]

const api = await fixture(wholeApi())
const world = await makeWorld(api.db)

test('the routes without a caller are the ones that are listed', () => {
  const declared = api.routes.filter(({ access }) => access === 'public').map(nameOf)
  expect(declared.sort()).toEqual([...open].sort())
})

test('each route lets in whom it declares, and nobody else', async () => {
  const callers = await makeCallers()
  const wrong: string[] = []
  let checked = 0
  for (const route of inSafeOrder(api.routes)) {
    for (const [name, caller] of Object.entries(callers)) {
      const headers = await caller.headers(route)
      const { status, text } = await send(route, pathIn(world, route), headers)
      const verdict = caller.wants(route, status, text)
      checked += 1
      if (verdict !== undefined)
        wrong.push(`${nameOf(route)} as ${name}: ${status}, ${verdict}: ${text.slice(0, 200)}`)
    }
  }
  process.stdout.write(
    `${api.routes.length} routes × ${Object.keys(callers).length} callers: ${checked} checked\n`,
  )
  expect(wrong).toEqual([])
})

test('to whom a thing is hidden, it is as if it were not there', async () => {
  const wrong: string[] = []
  for (const route of api.routes.filter(({ scoped, path }) => scoped && path.includes('{'))) {
    const headers = await bearerWith(elsewhere(route))
    const [hidden, nothing] = [pathIn(world, route), pathToNothing(route)]
    const [one, other] = [await send(route, hidden, headers), await send(route, nothing, headers)]
    const same =
      one.status === other.status &&
      (one.text === other.text || neutral(one.text, hidden) === neutral(other.text, nothing))
    if (!same)
      wrong.push(
        `${nameOf(route)}: ${one.status} ${one.text.slice(0, 200)} ≠ ${other.status} ${other.text.slice(0, 200)}`,
      )
  }
  expect(wrong).toEqual([])
})

/** What a caller sends for a route, and what is wrong with the answer. */
type MatrixCaller = {
  headers(route: Route): Promise<Record<string, string>>
  wants(route: Route, status: number, text: string): string | undefined
}

async function makeCallers(): Promise<Record<string, MatrixCaller>> {
  const { tokens } = api.platform
  const identity = await given.identity(api.db)
  const frozen = await given.identity(api.db, { frozen: true })
  const execution = await given.execution(api.db, { executor: identity.id })
  const watch = await given.sensor(api.db)
  const kept = await given.sensorToken(api.db, { sensor: watch.id })
  const mint = (token_type: 'sensor' | 'execution' | 'worker', sub: number, more = {}) =>
    tokens.mint({ sub: String(sub), login: identity.login, token_type, ttl_seconds: 3600, ...more })
  const [none, cold, { refresh }, sensor, worker, running] = await Promise.all([
    accessToken(api.platform, identity, 3600),
    accessToken(api.platform, frozen, 3600),
    tokensOf(api.platform, identity),
    mint('sensor', watch.id, { login: watch.ref, metadata: { sensor_token_id: kept.id } }),
    mint('worker', identity.id, { scope: 'internal_files', metadata: { worker_id: 1 } }),
    mint('execution', identity.id, {
      metadata: { execution_id: execution.id, action_ref: 'nowhere.action' },
    }),
  ])
  return {
    nobody: { headers: async () => ({}), wants: refusedUnlessPublic(401) },
    'a made-up token': fixed('made.up.token', refusedUnlessPublic(401)),
    'a refresh token': fixed(refresh, refusedUnlessPublic(401)),
    'a frozen account': fixed(cold, refusedUnlessPublic(403)),
    'no grant': fixed(none, ({ access }, status) =>
      typeof access === 'string' ? undefined : differs(status, [403]),
    ),
    'a grant elsewhere': {
      headers: (route) => bearerWith(elsewhere(route)),
      wants: (route, status, text) => (isGranted(route) ? seesNothing(route, status, text) : undefined),
    },
    'the grant': {
      headers: (route) => bearerWith(rightGrant(route)),
      wants: (route, status) =>
        isGranted(route) && route.tokens.includes('access') ? isRefused(status) : undefined,
    },
    'a sensor': fixed(sensor, byToken('sensor')),
    'a worker': fixed(worker, byToken('worker')),
    'an execution without permission sets': fixed(running, (route, status) =>
      route.access === 'public' || route.access === 'authenticated'
        ? undefined
        : route.tokens.includes('execution') && route.own
          ? undefined
          : differs(status, [403]),
    ),
  }
}

function fixed(token: string, wants: MatrixCaller['wants']): MatrixCaller {
  return { headers: async () => ({ authorization: `Bearer ${token}` }), wants }
}

function refusedUnlessPublic(expected: number): MatrixCaller['wants'] {
  return ({ access }, status) => (access === 'public' ? undefined : differs(status, [expected]))
}

function byToken(kind: string): MatrixCaller['wants'] {
  return ({ access, tokens }, status) => {
    if (access === 'public') return undefined
    return tokens.some((token) => token === kind) ? isBroken(status) : differs(status, [401, 403])
  }
}

function differs(status: number, expected: readonly number[]): string | undefined {
  return expected.includes(status) ? undefined : `not ${expected.join(' or ')}`
}

function isBroken(status: number): string | undefined {
  return status === 401 || status >= 500 ? 'refused or broken' : undefined
}

function isRefused(status: number): string | undefined {
  return status === 401 || status === 403 || status >= 500 ? 'refused or broken' : undefined
}

/** Without rows of the caller's own there is nothing to see; what it may not see it cannot change. */
function seesNothing(route: Route, status: number, text: string): string | undefined {
  if (!route.scoped || !route.tokens.includes('access')) return differs(status, [403])
  if (status === 200) {
    const { pagination }: { pagination?: { total_items: number } } = JSON.parse(text)
    if (pagination !== undefined && pagination.total_items > 0) return 'the total counts what is hidden'
    return text.includes(world.pack) ? 'the answer names what is hidden' : undefined
  }
  // A route that takes a form gets no further with a body that is none.
  return differs(status, [400, 403, 404, 422, ...(route.form === undefined ? [] : [415])])
}

function isGranted({ access }: Route): boolean {
  return typeof access !== 'string'
}

function rightGrant({ access, also }: Route): Grant[] {
  return typeof access === 'string' ? [] : [access, ...also].map(grantOf)
}

function elsewhere(route: Route): Grant[] {
  return rightGrant(route).map((grant) => ({ ...grant, constraints: { pack_refs: ['nowhere'] } }))
}

function grantOf([resource, action]: Permission): Grant {
  return { resource, actions: [action] }
}

const issued = new Map<string, Promise<string>>()

/** An account for each set of grants. */
async function bearerWith(grants: readonly Grant[]): Promise<Record<string, string>> {
  const key = JSON.stringify(grants)
  const token = issued.get(key) ?? issue(grants)
  issued.set(key, token)
  return { authorization: `Bearer ${await token}` }
}

async function issue(grants: readonly Grant[]): Promise<string> {
  const identity = await given.identity(api.db)
  const set = await given.permissionSet(api.db, { grants })
  await given.permissionAssignment(api.db, { identity: identity.id, permset: set.id })
  return accessToken(api.platform, identity, 3600)
}

/** With an empty body, where there is one: what is asked is whether the caller gets that far. */
function send(route: Route, path: string, headers: Record<string, string>): Promise<RawAnswer> {
  return route.body === undefined
    ? api.ask(route.method, path, { headers })
    : api.ask(route.method, path, { headers: { ...headers, 'content-type': 'application/json' }, body: '{}' })
}

/** What takes things away comes last, and last of all what takes away the sessions of who asks. */
function inSafeOrder(routes: readonly Route[]): Route[] {
  const ranks = { GET: 0, POST: 1, PUT: 1, PATCH: 1, DELETE: 2 }
  const rank = (route: Route) => (route.path === '/auth/sessions' ? 3 : 0) + ranks[route.method]
  return routes.toSorted((one, other) => rank(one) - rank(other))
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`
}

/** The text without what the caller itself has said. */
function neutral(text: string, path: string): string {
  return path
    .split('/')
    .filter((segment) => /[.\d]/.test(segment))
    .reduce((all, segment) => all.replaceAll(segment, '…'), text)
}
