import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { Problem } from '../problem.ts'
import { contentOf } from './body-content.ts'

const MAX_BYTES = 100_000

type Sent = { type?: string; encoding?: string; room?: number }

function read(body: string | Buffer, { type, encoding, room = Infinity }: Sent = {}) {
  return contentOf(
    { bytes: Buffer.from(body), content_type: type, content_encoding: encoding },
    {
      max_bytes: MAX_BYTES,
      allowance: { take: (bytes) => bytes <= room, giveBack: () => undefined },
      parseJson(text) {
        try {
          return JSON.parse(text) as Json // JSON.parse makes nothing else
        } catch {
          throw new Problem('BAD_REQUEST', 'The body is not JSON.')
        }
      },
    },
  )
}

const refusal = async (body: string | Buffer, sent?: Sent) => {
  const error: unknown = await read(body, sent).catch((thrown: unknown) => thrown)
  if (!(error instanceof Problem)) throw new Error(`Taken: ${JSON.stringify(error)}`)
  return error
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()
const marked = (mark: number[], bytes: Buffer) => Buffer.concat([Buffer.from(mark), bytes])

describe('JSON', () => {
  test.each<[string, string | Buffer, string | undefined, Json]>([
    ['an object', '{"a": 1}', 'application/json', { a: 1 }],
    ['an array', '[{"a": 1}, 2]', 'application/json', [{ a: 1 }, 2]],
    ['text', '"ping"', 'application/json', 'ping'],
    ['a number', '42', 'application/json; charset=utf-8', 42],
    ['a boolean', 'false', 'application/json', false],
    ['null', 'null', 'application/json', null],
    ['a type of its own', '{"a": 1}', 'application/vnd.github.v3+json', { a: 1 }],
    ['CloudEvents', '{"a": 1}', 'application/cloudevents+json; charset=UTF-8', { a: 1 }],
    ['an old type', '{"a": 1}', 'text/json', { a: 1 }],
    ['capital letters', '{"a": 1}', 'Application/JSON', { a: 1 }],
    ['a byte order mark', '\uFEFF{"a": 1}', 'application/json', { a: 1 }],
    ['latin-1', latin1('{"a": "Zoë"}'), 'application/json; charset=iso-8859-1', { a: 'Zoë' }],
    ['latin-1 in quotes', latin1('{"a": "é"}'), 'application/json; charset="Latin1"', { a: 'é' }],
    [
      'utf-16 with its mark',
      marked([0xfe, 0xff], utf16be('{"a": "é"}')),
      'application/json; charset=utf-16',
      { a: 'é' },
    ],
    ['utf-16 without one', utf16be('{"a": "é"}'), 'application/json; charset=utf-16', { a: 'é' }],
    ['utf-16le', Buffer.from('{"a": "é"}', 'utf16le'), 'application/json; charset=utf-16le', { a: 'é' }],
    ['utf-16 unsaid', Buffer.from('{"a": "é"}', 'utf16le'), 'application/json', { a: 'é' }],
    [
      'another charset of the web',
      Buffer.from([0x22, 0x8a, 0xbf, 0x22]),
      'application/json; charset=shift_jis',
      '漢',
    ],
    ['the name of a form', '{"a": 1}', 'application/x-www-form-urlencoded', { a: 1 }],
    ['the name of text', ' [1]', 'text/plain; charset=UTF-8', [1]],
    ['no name', '{"a": 1}', undefined, { a: 1 }],
    ['any name', '{"a": 1}', 'application/octet-stream', { a: 1 }],
  ])('as %s', async (_, body, type, value) => {
    expect(await read(body, type === undefined ? {} : { type })).toEqual({ kind: 'json', value })
  })
})

describe('forms', () => {
  const type = 'application/x-www-form-urlencoded'

  test.each<[string, string | Buffer, Json]>([
    ['plain fields', 'a=1&b=two', { a: '1', b: 'two' }],
    ['repeated fields', 'a=1&b=x&a=2&a=3', { a: ['1', '2', '3'], b: 'x' }],
    ['escapes', 'text=hello+w%C3%B6rld%21', { text: 'hello wörld!' }],
    ['a document in a form', 'payload=%7B%22ref%22%3A%22main%22%7D', { ref: 'main' }],
    ['a list in a form', 'payload=%5B1%5D', [1]],
    ['a document beside others', 'payload=%7B%7D&token=x', { payload: '{}', token: 'x' }],
    ['a field of that name', 'payload=text', { payload: 'text' }],
    ['half a document', 'payload=%7Bx', { payload: '{x' }],
    ['a name alone', 'a&b=', { a: '', b: '' }],
    ['equals in a value', 'q=a=b', { q: 'a=b' }],
    ['what is no escape', 'q=100%&r=%zz', { q: '100%', r: '%zz' }],
    ['names of others', 'a%5B%5D=1&b.c=2', { 'a[]': '1', 'b.c': '2' }],
    ['empty parts', '&&a=1&', { a: '1' }],
    ['letters that were not escaped', Buffer.from('a=ü'), { a: 'ü' }],
  ])('%s', async (_, body, value) => {
    expect(await read(body, { type })).toEqual({ kind: 'form', value })
  })

  test('escapes of another charset', async () => {
    const sent = { type: `${type}; charset=iso-8859-1` }

    expect(await read('a=Zo%EB', sent)).toEqual({ kind: 'form', value: { a: 'Zoë' } })
    expect((await refusal('a=Zo%EB', { type })).status).toBe(400)
    expect((await refusal('a=1', { type: `${type}; charset=utf-16` })).status).toBe(415)
  })

  test.each([
    ['a name that no object should have', '__proto__=1', 400],
    ['too many fields', 'a&'.repeat(10_001), 413],
  ])('%s', async (_, body, status) => {
    expect((await refusal(body, { type })).status).toBe(status)
  })
})

describe('multipart/form-data', () => {
  const type = 'multipart/form-data; boundary=--x'
  const part = (headers: string, content: string) =>
    `----x\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${content}\r\n`
  const end = '----x--\r\n'

  test.each<[string, string, Json]>([
    [
      'fields',
      `${part('name="a"', '1')}${part('name="b"', 'two\r\nlines')}${end}`,
      { a: '1', b: 'two\r\nlines' },
    ],
    ['repeated fields', `${part('name="a"', '1')}${part('name="a"', '2')}${end}`, { a: ['1', '2'] }],
    [
      'files without their content',
      part('name="f"; filename="r.png"\r\nContent-Type: image/png', '\u0000\u0001!') + end,
      { f: { filename: 'r.png', content_type: 'image/png', size_bytes: 3 } },
    ],
    [
      'a field of JSON',
      part('name="j"\r\nContent-Type: application/json', '{"n":1}') + part('name="k"', 'v') + end,
      { j: { n: 1 }, k: 'v' },
    ],
    ['a document in a form', part('name="payload"', '{"n":1}') + end, { n: 1 }],
    ['a quoted name', part('name="a \\"b\\""', '1') + end, { 'a "b"': '1' }],
    ['an empty field', part('name="a"', '') + end, { a: '' }],
    ['letters of the world', part('name="ä"', 'ö') + end, { ä: 'ö' }],
    ['something before and after', `preamble\r\n${part('name="a"', '1')}${end}epilogue`, { a: '1' }],
    ['no field', end, {}],
  ])('%s', async (_, body, value) => {
    expect(await read(body, { type })).toEqual({ kind: 'form', value })
  })

  test.each([
    ['without boundary', `${part('name="a"', '1')}${end}`, 'multipart/form-data', 400],
    ['of another boundary', `${part('name="a"', '1')}${end}`, 'multipart/form-data; boundary=y', 400],
    ['without end', part('name="a"', '1'), type, 400],
    ['without name', part('x="a"', '1') + end, type, 400],
    ['with too many parts', part('name="a"', '').repeat(1001) + end, type, 413],
    ['that is not UTF-8', Buffer.from(part('name="a"', '\xff') + end, 'latin1'), type, 400],
    ['with broken JSON', part('name="a"\r\nContent-Type: application/json', '{') + end, type, 400],
  ])('%s is refused', async (_, body, named, status) => {
    expect((await refusal(body, { type: named })).status).toBe(status)
  })
})

describe('text', () => {
  test.each<[string, string | Buffer, string, string]>([
    ['plain', 'disk full', 'text/plain', 'disk full'],
    ['with a number in it', '42', 'text/plain', '42'],
    ['in latin-1', latin1('caf\xe9'), 'text/plain; charset=iso-8859-1', 'café'],
    ['in utf-16', marked([0xff, 0xfe], Buffer.from('café', 'utf16le')), 'text/plain', 'café'],
    ['of XML', '<a b="c"/>', 'application/xml', '<a b="c"/>'],
    ['of XML as text', '<a/>', 'text/xml; charset=utf-8', '<a/>'],
    ['of a type in XML', '<a/>', 'application/soap+xml', '<a/>'],
    [
      'of XML that says its charset',
      latin1('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>'),
      'application/xml',
      '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>',
    ],
    ['of CSV', 'a,b\n1,2\n', 'text/csv', 'a,b\n1,2\n'],
    ['of lines of JSON', '{"a":1}\n{"a":2}\n', 'application/x-ndjson', '{"a":1}\n{"a":2}\n'],
    ['that begins like JSON', '[info] started', 'text/plain', '[info] started'],
    ['with what cannot be stored', 'a\u0000b', 'text/plain', 'a\ufffdb'],
  ])('%s', async (_, body, type, value) => {
    expect(await read(body, { type })).toEqual({ kind: 'text', value })
  })
})

test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'image/png', undefined])(
  'nothing is nothing, as %s',
  async (type) => {
    expect(await read('', type === undefined ? {} : { type })).toEqual({ kind: 'none', value: null })
  },
)

describe('what is packed', () => {
  const type = 'application/json'
  const json = Buffer.from('{"a": "ä"}')

  test.each<[string, Buffer]>([
    ['gzip', gzipSync(json)],
    ['x-gzip', gzipSync(json)],
    ['GZIP', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['deflate', deflateRawSync(json)],
    ['br', brotliCompressSync(json)],
    ['identity', json],
    ['', json],
    ['deflate, gzip', gzipSync(deflateSync(json))],
    ['gzip', Buffer.concat([gzipSync(json.subarray(0, 4)), gzipSync(json.subarray(4))])],
  ])('%s', async (encoding, body) => {
    expect(await read(body, { type, encoding })).toEqual({ kind: 'json', value: { a: 'ä' } })
  })

  test.each<[string, Buffer, string, [status: number, message: RegExp]]>([
    ['a bomb', gzipSync(Buffer.alloc(50_000_000)), 'gzip', [413, /100000 bytes/]],
    ['a bomb of brotli', brotliCompressSync(Buffer.alloc(50_000_000)), 'br', [413, /100000 bytes/]],
    ['a bomb of deflate', deflateRawSync(Buffer.alloc(50_000_000)), 'deflate', [413, /100000 bytes/]],
    ['a bomb in a bomb', gzipSync(gzipSync(Buffer.alloc(50_000_000))), 'gzip, gzip', [413, /100000 bytes/]],
    ['many layers', json, 'gzip, gzip, gzip, gzip', [415, /gzip, gzip, gzip, gzip/]],
    ['another coding', json, 'zstd', [415, /'zstd'.*gzip, deflate or br/]],
    ['what is not packed', json, 'gzip', [400, /Content-Encoding gzip/]],
    ['half of it', gzipSync(json).subarray(0, 20), 'gzip', [400, /Content-Encoding gzip/]],
    [
      'a wrong checksum',
      Buffer.concat([gzipSync(json).subarray(0, -8), Buffer.alloc(8)]),
      'gzip',
      [400, /gzip/],
    ],
  ])('%s', async (_, body, encoding, [status, message]) => {
    const error = await refusal(body, { type, encoding })
    expect([error.status, error.message]).toEqual([status, expect.stringMatching(message)])
  })

  test('takes memory for what comes out', async () => {
    const error = await refusal(gzipSync(Buffer.alloc(5000, ' ')), { type, encoding: 'gzip', room: 1000 })

    expect(error.status).toBe(429)
  })
})

describe('what is not taken', () => {
  test.each<[string, string | Buffer, string | undefined, RegExp]>([
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47]), 'image/png', /as image\/png .*application\/json/],
    ['bytes', Buffer.from([0, 1, 2, 255]), 'application/octet-stream', /as application\/octet-stream/],
    ['text without a name', 'hello', undefined, /without a Content-Type/],
    ['half of JSON without a name', '{"a": ', undefined, /without a Content-Type/],
    ['a number without a name', '42', undefined, /without a Content-Type/],
    ['another multipart', '--x--', 'multipart/mixed; boundary=x', /multipart\/mixed/],
    ['protobuf', Buffer.from([10, 3, 1, 200]), 'application/x-protobuf', /x-protobuf/],
    ['an unknown charset', '{}', 'application/json; charset=klingon', /'klingon'.*utf-8/],
    ['utf-7', '+AHs-', 'text/plain; charset=utf-7', /'utf-7'/],
    ['utf-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), 'application/json', /'utf-32'/],
  ])('%s', async (_, body, type, message) => {
    const error = await refusal(body, type === undefined ? {} : { type })

    expect([error.status, error.message]).toEqual([415, expect.stringMatching(message)])
  })

  test.each<[string, string | Buffer, string]>([
    ['JSON that is none', '{"a": }', 'application/json'],
    ['latin-1 that is called nothing', latin1('{"a": "Zoë"}'), 'application/json'],
    ['latin-1 that is called utf-8', latin1('Zoë'), 'text/plain; charset=utf-8'],
    ['JSON of a type of its own that is none', 'x', 'application/ld+json'],
  ])('%s', async (_, body, type) => {
    expect((await refusal(body, { type })).status).toBe(400)
  })

  test('what is too deep, too rich, or too long once it is UTF-8', async () => {
    const type = 'application/json'
    const deep = `${'['.repeat(600)}${']'.repeat(600)}`
    const keys = `{${'"k":1,'.repeat(9)}"k":1}`.padEnd(10)
    const long = Buffer.from(`"${'漢'.repeat(49_000)}"`, 'utf16le')

    expect((await refusal(deep, { type })).status).toBe(422)
    expect((await read(keys, { type })).kind).toBe('json')
    expect((await refusal(long, { type: `${type}; charset=utf-16le` })).status).toBe(413)
  })
})
