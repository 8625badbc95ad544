import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runAction } from './run-action.ts'

const servers: { close(): void }[] = []
let base: string

beforeAll(async () => {
  base = `http://127.0.0.1:${await listen(createServer(answer))}`
})

afterAll(() => {
  for (const server of servers) server.close()
})

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function seen(request: IncomingMessage) {
  return { method: request.method, url: request.url, headers: request.headers, body: await text(request) }
}

const answers: Record<string, RequestListener> = {
  '/mirror': (request, response) => {
    void seen(request).then((value) => {
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'X-Mixed': 'Case',
        'Set-Cookie': ['a=1', 'b=2'],
      })
      response.end(JSON.stringify(value))
    })
  },
  '/missing': (_, response) => response.writeHead(404).end('no such thing'),
  '/image': (_, response) => response.end(Buffer.from([0x89, 0x50, 0xff, 0x00])),
  '/latin': (_, response) => {
    response
      .writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' })
      .end(Buffer.from([0x67, 0xfc]))
  },
  '/large': (_, response) => response.end('x'.repeat(2 * 1024 * 1024)),
  '/slow': () => {},
  '/slow-body': (_, response) => response.write('a'),
  '/empty-reply': (request) => request.socket.destroy(),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('only a part', () => setTimeout(() => response.destroy(), 50))
  },
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/moved': (_, response) => response.writeHead(302, { location: '/mirror?moved' }).end(),
  '/kept': (_, response) => response.writeHead(307, { location: '/mirror' }).end(),
  '/to': (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://x')
    const location = searchParams.get('url') ?? ''
    response.writeHead(Number(searchParams.get('status') ?? 302), { location }).end()
  },
  '/other-host': (request, response) => {
    const port = request.socket.localPort
    response.writeHead(302, { location: `http://localhost:${port}/mirror` }).end()
  },
}

const answer: RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://x')
  answers[pathname]?.(request, response)
}

async function send(parameters: Record<string, unknown>, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runAction(
    process.execPath,
    'core/actions/http_request.mjs',
    JSON.stringify(parameters),
    env,
  )
  expect(stdout.trim().split('\n')).toHaveLength(1)
  return { code, stderr, result: JSON.parse(stdout) }
}

describe('core.http_request', { timeout: 60_000 }, () => {
  test('an answer is one JSON object with lower-case headers, the text and its JSON', async () => {
    const { code, stderr, result } = await send({ url: `${base}/mirror` })

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(result).toMatchObject({
      status_code: 200,
      success: true,
      body_encoding: 'utf-8',
      url: `${base}/mirror`,
    })
    expect(result.headers).toMatchObject({ 'x-mixed': 'Case', 'set-cookie': ['a=1', 'b=2'] })
    expect(JSON.parse(result.body)).toEqual(result.json)
    expect(result.json).toMatchObject({ method: 'GET', url: '/mirror', body: '' })
    expect(Number.isInteger(result.elapsed_ms)).toBe(true)
    expect(result).not.toHaveProperty('error')
  })

  test('a 404 completes with success false', async () => {
    const { code, result } = await send({ url: `${base}/missing` })

    expect(code).toBe(0)
    expect(result).toMatchObject({ status_code: 404, success: false, body: 'no such thing', json: null })
  })

  test('headers with blanks, query parameters and a JSON body reach the server', async () => {
    const { result } = await send({
      url: `${base}/mirror?a=1`,
      method: 'POST',
      headers: { 'X-Long-Name': 'several words: and a colon' },
      query_params: { b: 'x y&z', list: [1, 2], none: null, yes: true },
      json_body: { name: "it's", deep: { list: [1] } },
      body: 'not this',
    })

    expect(result.json.url).toBe('/mirror?a=1&b=x+y%26z&list=1&list=2&yes=true')
    expect(result.json.headers).toMatchObject({
      'x-long-name': 'several words: and a colon',
      'content-type': 'application/json',
    })
    expect(JSON.parse(result.json.body)).toEqual({ name: "it's", deep: { list: [1] } })
  })

  test('a text body and its own content type are sent as they are', async () => {
    const headers = { 'Content-Type': 'text/csv' }
    const { result } = await send({ url: `${base}/mirror`, method: 'PUT', headers, body: 'a;ü\n' })

    expect(result.json).toMatchObject({
      method: 'PUT',
      body: 'a;ü\n',
      headers: { 'content-type': 'text/csv' },
    })
  })

  test('basic and bearer credentials become the authorization header', async () => {
    const basic = await send({
      url: `${base}/mirror`,
      auth_type: 'basic',
      auth_username: 'me',
      auth_password: 'a:b c',
    })
    const bearer = await send({ url: `${base}/mirror`, auth_type: 'bearer', auth_token: 'tok en' })

    expect(basic.result.json.headers.authorization).toBe(
      `Basic ${Buffer.from('me:a:b c').toString('base64')}`,
    )
    expect(bearer.result.json.headers.authorization).toBe('Bearer tok en')
  })

  test('HEAD does not wait for a body', async () => {
    const { code, result } = await send({ url: `${base}/mirror`, method: 'HEAD' })

    expect(code).toBe(0)
    expect(result).toMatchObject({ status_code: 200, body: '', json: null })
  })

  test('a body that is no text comes as base64, one in another character set as text', async () => {
    const image = await send({ url: `${base}/image` })
    const latin = await send({ url: `${base}/latin` })

    expect(image.result).toMatchObject({ body_encoding: 'base64', body: 'iVD/AA==', json: null })
    expect(latin.result).toMatchObject({ body_encoding: 'utf-8', body: 'gü' })
  })

  test('a body above the limit of a result fails with the limit in the message', async () => {
    const { code, stderr, result } = await send({ url: `${base}/large` })

    expect(code).toBe(1)
    expect(result.error).toMatch(/too large.*at most \d+ bytes/)
    expect(stderr).toBe(`${result.error}\n`)
  })

  test('redirects are followed: a POST becomes a GET at 302 and stays what it is at 307', async () => {
    const moved = await send({ url: `${base}/moved`, method: 'POST', json_body: { a: 1 } })
    const kept = await send({ url: `${base}/kept`, method: 'POST', json_body: { a: 1 } })

    expect(moved.result.url).toBe(`${base}/mirror?moved`)
    expect(moved.result.json).toMatchObject({ method: 'GET', body: '' })
    expect(moved.result.json.headers).not.toHaveProperty('content-type')
    expect(kept.result.json).toMatchObject({ method: 'POST', body: '{"a":1}' })
  })

  test('credentials do not follow a redirect to another host', async () => {
    const { result } = await send({ url: `${base}/other-host`, auth_type: 'bearer', auth_token: 'secret' })

    expect(result.status_code).toBe(200)
    expect(result.json.headers).not.toHaveProperty('authorization')
  })

  const headers = {
    'X-Api-Key': 'k',
    'Private-Token': 'k',
    'Proxy-Authorization': 'k',
    Cookie: 'k',
    Host: 'k',
    'X-Whatever': 'k',
    Accept: 'text/html',
  }
  const credentials = { headers, auth_type: 'bearer', auth_token: 'k' }
  const redirect = (from: string, url: string, status = 302) =>
    `${from}/to?status=${status}&url=${encodeURIComponent(url)}`

  test('another origin, be it only another port, gets harmless headers alone', async () => {
    const other = `http://127.0.0.1:${await listen(createServer(answer))}`
    const back = redirect(other, `${base}/mirror`)
    const secure = `https://127.0.0.1:${await listen(createTlsServer({ key, cert }, answer))}`
    const ways = [
      redirect(base, `${other}/mirror`),
      redirect(base, `${other}/mirror`, 307),
      redirect(base, `//${new URL(other).host}/mirror`, 308),
      redirect(base, back),
      redirect(secure, `${base}/mirror`),
      `${base}/other-host`,
    ]

    const outcomes = await Promise.all(ways.map((url) => send({ url, ...credentials, verify_ssl: false })))

    for (const { result } of outcomes) {
      expect(result.status_code).toBe(200)
      const sent = Object.entries(result.json.headers).filter(([name]) => !/^(host|connection)$/.test(name))
      expect(Object.fromEntries(sent)).toEqual({ accept: 'text/html', 'user-agent': 'attune' })
    }
  })

  test('the same origin gets them all', async () => {
    const { result } = await send({ url: redirect(base, '/mirror'), ...credentials })

    expect(result.json.headers).toMatchObject({ 'x-api-key': 'k', cookie: 'k', authorization: 'Bearer k' })
  })

  test('a body does not follow a redirect to another origin', async () => {
    const other = `http://127.0.0.1:${await listen(createServer(answer))}`
    const sent = { method: 'POST', body: 'secret', ...credentials }

    const [kept, again, dropped] = await Promise.all([
      send({ url: redirect(base, `${other}/mirror`, 307), ...sent }),
      send({ url: redirect(base, `${other}/mirror`, 308), ...sent }),
      send({ url: redirect(base, `${other}/mirror`, 303), ...sent }),
    ])

    for (const { code, result } of [kept, again])
      expect({ code, error: result.error }).toEqual({
        code: 1,
        error: `Redirect to ${other} is not followed: the body was not meant for it`,
      })
    expect(dropped.result.json).toMatchObject({ method: 'GET', body: '' })
  })

  const metadata = [
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://169.254.169.254./',
    'http://１６９.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://user@169.254.1.1:8080/',
  ]

  test.each([...metadata, 'redirect'])('%s is not connected to', async (url) => {
    const { code, result } = await send({
      url: url === 'redirect' ? redirect(base, metadata[0] ?? '') : url,
      timeout: 5,
    })

    expect(code).toBe(1)
    expect(result.error).toMatch(/^Address \S+ is not connected to: it is link-local/)
  })

  test('the operator says which networks are open', async () => {
    const url = `${base}/mirror`
    const named = `http://localhost:${new URL(base).port}/mirror`
    const open = (networks: string) => ({ ATTUNE_HTTP_REQUEST_NETWORKS: networks })

    const closed = await Promise.all([send({ url }, open('public')), send({ url: named }, open('public'))])
    const opened = await Promise.all([
      send({ url }, open('public, 127.0.0.0/8')),
      send({ url }, open('private')),
    ])

    for (const { code, result } of closed) {
      expect(code).toBe(1)
      expect(result.error).toContain('outside of the networks that ATTUNE_HTTP_REQUEST_NETWORKS permits')
    }
    for (const { code } of opened) expect(code).toBe(0)
    expect((await send({ url, timeout: 5 }, open('10.0.0.0/8 oops'))).code).toBe(1)
  })

  test('too many redirects fail, and follow_redirects false shows the redirect itself', async () => {
    const loop = await send({ url: `${base}/loop`, max_redirects: 3 })
    const shown = await send({ url: `${base}/moved`, follow_redirects: false })

    expect(loop).toMatchObject({
      code: 1,
      result: { status_code: 0, error: 'Maximum number of redirects (3) exceeded' },
    })
    expect(shown).toMatchObject({
      code: 0,
      result: { status_code: 302, headers: { location: '/mirror?moved' } },
    })
  })

  test('no answer fails with a reason that can be compared', async () => {
    const free = createTcpServer()
    const port = await listen(free)
    await new Promise((resolve) => free.close(resolve))
    await expect(new Promise((_, reject) => connect(port, '127.0.0.1').on('error', reject))).rejects.toThrow()
    const cases: [Record<string, unknown>, string][] = [
      [{ url: `http://127.0.0.1:${port}/` }, 'Failed to connect to host'],
      [{ url: 'http://no-such-host.invalid/' }, 'Could not resolve host'],
      [{ url: `${base}/empty-reply` }, 'Empty reply from server'],
      [{ url: `${base}/cut` }, 'Failure receiving network data'],
      [{ url: `${base}/slow`, timeout: 1 }, 'Request timeout'],
      [{ url: `${base}/slow-body`, timeout: 1 }, 'Request timeout'],
      [{ url: base.replace('http:', 'https:') }, 'SSL/TLS connection error'],
      [{}, 'url parameter is required'],
      [{ url: 'ftp://example.com/' }, 'url must be an absolute http or https address'],
    ]

    const outcomes = await Promise.all(cases.map(([parameters]) => send(parameters)))

    expect(outcomes.map(({ result }) => result.error)).toEqual(cases.map(([, error]) => error))
    for (const { code, stderr, result } of outcomes) {
      expect(code).toBe(1)
      expect(result).toMatchObject({ status_code: 0, success: false, headers: {}, body: '', json: null })
      expect(stderr.startsWith(result.error)).toBe(true)
    }
  })

  test('a certificate that nobody vouches for is refused unless verify_ssl is false', async () => {
    const port = await listen(createTlsServer({ key, cert }, (_, response) => response.end('safe')))
    const url = `https://127.0.0.1:${port}/`

    const refused = await send({ url })
    const accepted = await send({ url, verify_ssl: false })

    expect(refused).toMatchObject({ code: 1, result: { error: 'SSL/TLS connection error' } })
    expect(accepted).toMatchObject({ code: 0, result: { status_code: 200, body: 'safe' } })
  })
})

// Self-signed for this test alone.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOIvMCtH3DbtoGRhZ
efZvqpV+30eSKlCHG6paSwpq3JShRANCAASVr5s3JC/Moyl8CJPVZwZAw8pFb8rb
+vacEaFwd8N2AYKuPFPKJQWYdPBsQ0U/e7dfb7BrNoMgZWpx28y8qlKB
-----END PRIVATE KEY-----`
const cert = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUSMxd2fAx0JnDV1aZfj4swYrAlhYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTAyMzA0NFoYDzIxMjYxMTAx
MDIzMDQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASVr5s3JC/Moyl8CJPVZwZAw8pFb8rb+vacEaFwd8N2AYKuPFPKJQWY
dPBsQ0U/e7dfb7BrNoMgZWpx28y8qlKBo1MwUTAdBgNVHQ4EFgQU0bEOYumXK85G
2C+YrxmCRYxBUqAwHwYDVR0jBBgwFoAU0bEOYumXK85G2C+YrxmCRYxBUqAwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAy1qK2pGy8pse3PxV11E8
MrWQT7eKA0r6sXVRUAPhxUgCIEwfrCvCrjbA/gQQkG7nAU7A9deQlQD5wpXSBR8d
tROJ
-----END CERTIFICATE-----`
