import { expect, test } from 'vitest'
import { fileKinds } from '../server/src/domain/packs/file-format/published.ts'
import { declaredRoutes } from '../server/src/services/declared-routes.ts'
import type { Route } from '../server/src/http/route.ts'

const routes = await declaredRoutes()
const nameOf = ({ method, path }: Route) => `${method} ${path}`

const receivesWebhooks = 'POST /api/v1/webhooks/{webhook_key}'
/** How a sensor renews its own token; its answer has the bare form that sensors know. */
const renewsSensorTokens = 'POST /api/v1/auth/refresh'

/** A page for people: the browser hands a session over to the command line. */
const answersWithPage = 'GET /auth/callback'

/** Who needs no token, and why. */
const open: Readonly<Record<string, string>> = {
  'GET /health': 'a probe',
  'GET /health/live': 'a probe',
  'GET /health/ready': 'a probe',
  'GET /health/detailed': 'a probe',
  'GET /metrics': 'a probe; totals only',
  'GET /auth/settings': 'what the login page offers',
  'POST /auth/login': 'its body is the credential',
  'POST /auth/refresh': 'its body is the credential',
  'POST /auth/logout': 'its body is the credential of what it ends',
  'POST /auth/token-login': 'its body is the credential',
  'POST /auth/ldap/login': 'its body is the credential',
  'POST /auth/register': 'makes an account without permissions, where that is allowed',
  'GET /auth/oidc/login': 'leads to the identity provider',
  'GET /auth/callback': 'its code is the credential',
  'POST /auth/internal/sensor-token': 'its header is the credential',
  'GET /auth/logout': 'forgets cookies, and ends the session that they open',
  [receivesWebhooks]: 'its path is the credential',
  ...Object.fromEntries(
    Object.keys(fileKinds).map((kind) => [
      `GET /schemas/${kind}.json`,
      'for editors; says nothing of this installation',
    ]),
  ),
}

test('a method and a path belong to one route', () => {
  const names = routes.map(nameOf)

  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

test('a body with a field that the request does not have is refused', () => {
  const isClosed = ({ body }: Route) => body === undefined || Object(body).additionalProperties === false

  expect(routes.filter((route) => !isClosed(route)).map(nameOf)).toEqual([receivesWebhooks])
})

test('nobody gets in unknown, except where there is a reason', () => {
  const unlisted = routes.filter(({ access }) => access === 'public').map(nameOf)

  expect(unlisted.filter((name) => !Object.hasOwn(open, name))).toEqual([])
})

test('a token of an execution or a sensor opens no route that asks for no permission', () => {
  const unguarded = routes.filter(
    ({ access, tokens }) => access === 'authenticated' && tokens.some((kind) => kind !== 'access'),
  )

  expect(unguarded.map(nameOf)).toEqual([renewsSensorTokens])
})

test('what is answered is in the envelope', () => {
  const bare = routes
    .filter(({ path, produces }) => !/^\/(health|metrics|schemas)/.test(path) && produces === 'json')
    .filter(({ success }) =>
      Object.entries(success).some(
        ([status, schema]) =>
          Number(status) < 204 && !Object.hasOwn(Object(Object(schema).properties), 'data'),
      ),
    )

  expect(bare.map(nameOf).sort()).toEqual([answersWithPage, renewsSensorTokens])
})
