import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Problem } from '../../../problem.ts'
import { kindOfAddress } from './address.ts'
import { fetchFile, type FetchRules } from './fetch-file.ts'
import type { ResolvedAddress } from './resolve-host.ts'
import { checkedUrl } from './source-url.ts'

const METADATA = '169.254.169.254'

let folder: string
let asked: string[]
const servers: Server[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-fetch-'))
  asked = []
})
afterEach(() => rm(folder, { recursive: true }))
afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))))

/** Answers of a name, one after the other; the last one stays. */
function resolver(...answers: string[][]): FetchRules['resolve'] {
  return async (hostname) => {
    asked.push(hostname)
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? []
    return answer.map((address): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
}

const strict: FetchRules = {
  allow_http: false,
  allowed_hosts: null,
  private_hosts: [],
  timeout_seconds: 5,
  max_bytes: 1000,
  resolve: resolver(['127.0.0.1']),
}
/** What an operator permits who installs from a server of their own network. */
const inside: FetchRules = { ...strict, allow_http: true, private_hosts: ['packs.test', '127.0.0.1'] }

function get(url: string, rules: FetchRules, headers: Record<string, string> = {}): Promise<URL> {
  return fetchFile(url, { to: join(folder, 'file'), rules, headers })
}

async function refusal(fetching: Promise<unknown>): Promise<string> {
  const error = await fetching.then(
    () => 'it was fetched',
    (problem: unknown) => problem,
  )
  if (!(error instanceof Problem)) return String(error)
  expect(error.status).toBe(400)
  return error.message
}

/** A server on a free port of this machine. */
async function serving(answer: RequestListener): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, seen }
}

const redirecting =
  (to: string): RequestListener =>
  (_, response) =>
    response.writeHead(302, { location: to }).end()

describe('what is refused before anything is asked', () => {
  const cases: [url: string, reason: RegExp][] = [
    ['http://packs.example/a.tgz', /must begin with https/],
    ['ftp://packs.example/a.tgz', /not with 'ftp:'/],
    ['file:///etc/passwd', /not with 'file:'/],
    ['gopher://packs.example/', /not with 'gopher:'/],
    ['data:text/plain,x', /not with 'data:'/],
    ['javascript:alert(1)', /not with 'javascript:'/],
    ['https://ann:secret@packs.example/a.tgz', /must not have credentials/],
    ['https://ann@packs.example/a.tgz', /must not have credentials/],
    ['https://packs.example\\@evil.example/a.tgz', /backslashes/],
    ['https://packs.example/a\r\nHost: evil', /control characters/],
    ['https://packs.example/a b', /blanks/],
    ['https:///etc', /cannot be found|names no host|is not on the internet/],
    [`https://packs.example/${'a'.repeat(3000)}`, /longer than 2048/],
    ['https://[::1', /is not a URL/],
    ['not a url', /blanks/],
    ['', /is not a URL/],
  ]

  test.each(cases)('%j', async (url, reason) => {
    expect(await refusal(get(url, { ...strict, resolve: resolver() }))).toMatch(reason)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('addresses that nothing is fetched from, however they are written', () => {
  const addresses = [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    METADATA,
    '168.63.129.16',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:0:1::1]',
    '[2001:db8::1]',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    '[fec0::1]',
    '[100::1]',
    '127.0.0.1.',
    '①②⑦.0.0.1',
  ]

  test.each(addresses)('%s', async (address) => {
    expect(await refusal(get(`https://${address}/a.tgz`, { ...strict, resolve: resolver() }))).toMatch(
      /is not on the internet|an address that nothing is fetched from/,
    )
    expect(asked).toEqual([])
  })

  test.each(['127.0.0.1', METADATA, '10.1.2.3', '::1', '::ffff:10.0.0.1', 'fe80::1', 'not an address'])(
    'a name that leads to %s',
    async (address) => {
      expect(
        await refusal(get('https://packs.example/a.tgz', { ...strict, resolve: resolver([address]) })),
      ).toMatch(/is not on the internet|an address that nothing is fetched from/)
    },
  )

  test('a name that leads to one of them besides others', async () => {
    const resolve = resolver(['93.184.216.34', '10.0.0.1'])

    expect(await refusal(get('https://packs.example/a.tgz', { ...strict, resolve }))).toMatch(
      /not on the internet/,
    )
  })

  test('a name that leads nowhere', async () => {
    expect(await refusal(get('https://packs.example/', { ...strict, resolve: resolver([]) }))).toMatch(
      /'packs.example' cannot be found/,
    )
  })

  test('addresses of the internet are told from them', () => {
    expect(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946'].map(kindOfAddress)).toEqual([
      'public',
      'public',
      'public',
    ])
  })
})

describe('hosts', () => {
  const listed = { ...strict, allowed_hosts: ['packs.example'] }

  test.each([
    'https://evil.example/a',
    'https://packs.example.evil.example/a',
    'https://evil-packs.example/a',
  ])('%s is refused where others are listed', async (url) => {
    expect(await refusal(get(url, listed))).toMatch(/not in pack_registry.allowed_source_hosts/)
    expect(asked).toEqual([])
  })

  test.each(['https://packs.example/a', 'https://PACKS.example./a', 'https://packs.example:8443/a'])(
    '%s is the one that is listed',
    (url) => {
      expect(checkedUrl(url, listed).pathname).toBe('/a')
    },
  )

  test('one of a private network needs the setting for it: to be listed is not enough', async () => {
    const rules = { ...strict, allowed_hosts: ['packs.test'] }

    expect(await refusal(get('https://packs.test/a', rules))).toMatch(/allowed_private_hosts permits/)
  })

  test('the setting for private networks opens no address of a cloud and no address of this link', async () => {
    for (const address of [METADATA, '100.100.100.200', 'fe80::1', '224.0.0.1', '::ffff:127.0.0.1'])
      expect(await refusal(get('http://packs.test/a', { ...inside, resolve: resolver([address]) }))).toMatch(
        /an address that nothing is fetched from/,
      )
  })
})

describe('a fetch', () => {
  test('saves what is answered', async () => {
    const { port, seen } = await serving((_, response) => response.end('content'))

    const from = await get(`http://packs.test:${port}/a.tgz`, inside, { authorization: 'Bearer 1' })

    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('content')
    expect(from.pathname).toBe('/a.tgz')
    expect(seen[0]?.headers).toMatchObject({ host: `packs.test:${port}`, authorization: 'Bearer 1' })
  })

  test('connects to the address that was checked, though the name has another one by then', async () => {
    const { port, seen } = await serving((_, response) => response.end('content'))

    await get(`http://packs.test:${port}/`, { ...inside, resolve: resolver(['127.0.0.1'], [METADATA]) })

    expect(seen).toHaveLength(1)
    expect(asked).toEqual(['packs.test'])
  })

  test('checks a name anew at every redirect: it may lead elsewhere by then', async () => {
    const { port, seen } = await serving((_, response) => response.writeHead(302, { location: '/b' }).end())

    const resolve = resolver(['127.0.0.1'], [METADATA])
    const reason = await refusal(get(`http://packs.test:${port}/a`, { ...inside, resolve }))

    expect(reason).toMatch(/an address that nothing is fetched from/)
    expect(seen).toHaveLength(1)
  })

  test.each([
    ['http://10.0.0.1/', /not on the internet/],
    [`http://${METADATA}/latest/meta-data/`, /an address that nothing is fetched from/],
    ['http://localhost:1/', /not on the internet/],
    ['http://[::1]:1/', /not on the internet/],
    ['file:///etc/passwd', /not with 'file:'/],
    ['https://ann:secret@packs.test/', /credentials/],
    ['//10.0.0.1/', /not on the internet/],
    ['http://[', /redirects to what is not a URL/],
  ])('does not follow a redirect to %s', async (to, reason) => {
    const { port } = await serving(redirecting(to))

    expect(await refusal(get(`http://packs.test:${port}/`, inside))).toMatch(reason)
  })

  test('does not follow a redirect from https rules to http', async () => {
    const { port } = await serving(redirecting('http://packs.test/'))
    const rules = { ...inside, allow_http: false }

    expect(await refusal(get(`http://packs.test:${port}/`, rules))).toMatch(/must begin with https/)
  })

  test('does not follow a redirect to a host that is not listed', async () => {
    const { port } = await serving(redirecting('http://evil.test/'))
    const rules = { ...inside, allowed_hosts: ['packs.test'], private_hosts: ['packs.test', 'evil.test'] }

    expect(await refusal(get(`http://packs.test:${port}/`, rules))).toMatch(/allowed_source_hosts/)
  })

  test('follows five redirects and no more', async () => {
    let left = 5
    const { port } = await serving((_, response) => {
      if (left === 0) return response.end('there')
      left -= 1
      return response.writeHead(307, { location: `/${left}` }).end()
    })

    expect((await get(`http://packs.test:${port}/`, inside)).pathname).toBe('/0')
    left = 6
    expect(await refusal(get(`http://packs.test:${port}/`, inside))).toMatch(/more than 5 times/)
  })

  test('keeps its headers for the origin that they are for', async () => {
    const other = await serving((_, response) => response.end('content'))
    const { port, seen } = await serving(redirecting(`http://packs.test:${other.port}/`))

    await get(`http://packs.test:${port}/`, inside, { 'x-token': '1' })

    expect([seen[0]?.headers['x-token'], other.seen[0]?.headers['x-token']]).toEqual(['1', undefined])
  })

  test('ends where there is too much, said or not', async () => {
    const said = await serving((_, response) =>
      response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1001)),
    )
    const endless = await serving((_, response) => {
      response.on('error', () => undefined)
      const more = (): unknown =>
        !response.destroyed && response.write('x'.repeat(400), () => setImmediate(more))
      more()
    })

    for (const { port } of [said, endless])
      expect(await refusal(get(`http://packs.test:${port}/`, inside))).toMatch(/larger than 1000 bytes/)
  })

  test('ends where it takes too long', async () => {
    const { port } = await serving((_, response) => void response.write('x'))

    const reason = await refusal(get(`http://packs.test:${port}/`, { ...inside, timeout_seconds: 0.2 }))

    expect(reason).toMatch(/takes longer than 0.2 s/)
  })

  test('that is answered with anything but 200 is refused, and the answer is not told', async () => {
    const { port } = await serving((_, response) => response.writeHead(403).end('the secret page'))

    const reason = await refusal(get(`http://packs.test:${port}/a?token=1`, inside))

    expect(reason).toBe(`source: http://packs.test:${port}/a answers with status 403`)
  })

  test('does not unpack what is compressed on the way', async () => {
    const { port, seen } = await serving((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('packed'),
    )

    await get(`http://packs.test:${port}/`, inside)

    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('packed')
    expect(seen[0]?.headers['accept-encoding']).toBe('identity')
  })

  test('of a server without a certificate that can be trusted is refused', async () => {
    const { port } = await serving((_, response) => response.end('no TLS here'))

    expect(await refusal(get(`https://packs.test:${port}/`, inside))).toMatch(/cannot be fetched \(/)
  })
})
