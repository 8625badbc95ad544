import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMask, MASK } from './mask.ts'
import { secretForms } from './secret-forms.ts'

function masked(secrets: string[], text: string, cut = false): string {
  return createMask(secrets)?.text(text, cut) ?? text
}

function streamed(secrets: string[], chunks: Buffer[], cut = false): string {
  const mask = createMask(secrets)?.stream()
  if (mask === undefined) return Buffer.concat(chunks).toString()
  return Buffer.concat([...chunks.map((chunk) => mask.push(chunk)), mask.end(cut)]).toString()
}

describe('a secret is masked', () => {
  test.each([
    ['as it is, each time', 'the token s3cr3t-value! s3cr3t-value!', `the token ${MASK} ${MASK}`],
    [
      'in base64, except for what depends on the text that follows',
      Buffer.from('s3cr3t-value!').toString('base64'),
      `${MASK}Q==`,
    ],
    ['URL-encoded', encodeURIComponent('s3cr3t-value!'), MASK],
  ])('%s', (_how, text, expected) => {
    expect(masked(['s3cr3t-value!'], text)).toBe(expected)
  })

  test('inside the base64 of basic authentication, at whatever position', () => {
    for (const user of ['u', 'us', 'use', 'user']) {
      const header = Buffer.from(`${user}:correct horse battery`).toString('base64')

      const got = masked(['correct horse battery'], `Basic ${header}`)

      expect(got).toContain(MASK)
      expect(Buffer.from(got.replace('Basic ', '').replace(MASK, ''), 'base64').toString()).not.toContain(
        'horse',
      )
    }
  })

  test('inside a JSON string and a form field', () => {
    const secret = 'say "hi" \\ & go'

    expect(masked([secret], JSON.stringify({ a: secret }))).toBe(`{"a":"${MASK}"}`)
    expect(masked([secret], encodeURIComponent(secret))).toBe(MASK)
    expect(masked([secret], new URLSearchParams({ q: secret }).toString())).toBe(`q=${MASK}`)
  })

  test('whole when another secret is a part of it', () => {
    expect(masked(['pass', 'password1'], 'password1 pass')).toBe(`${MASK} ${MASK}`)
  })

  test('also its beginning where the text was cut', () => {
    expect(masked(['abcdefghij'], 'see abcdef', true)).toBe(`see ${MASK}`)
    expect(masked(['abcdefghij'], 'see abcdef')).toBe('see abcdef')
    expect(masked(['abcdefghij'], 'see abc', true)).toBe('see abc')
  })
})

describe('a secret is masked in other clothes', () => {
  const secret = `p/Kq7+"x' é`

  test.each([
    ['in upper case', secret.toUpperCase()],
    ['in lower case', secret.toLowerCase()],
    ['in base64 of its upper case', Buffer.from(secret.toUpperCase()).toString('base64')],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['as Python URL-encodes it', 'p/Kq7%2B%22x%27%20%C3%A9'],
    ['with small digits', 'p%2fKq7%2b%22x%27%20%c3%a9'],
    ['with escaped slashes', String.raw`p\/Kq7+\"x' é`],
    ['in a JSON text inside JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['in JSON of ASCII', String.raw`p/Kq7+\"x' \u00e9`],
    ['in the quotes of a shell', secret.replaceAll("'", String.raw`'\''`)],
  ])('%s', (_how, text) => {
    expect(masked([secret], `<${text}>`)).toMatch(/^<\*{8}.{0,3}>$/)
  })

  test('line by line, where it has several', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n'

    expect(masked([key], '  kqhkiG9w0BAQEF')).toBe(`  ${MASK}`)
    expect(masked(['ab\ncd\nef'], 'cd')).toBe('cd')
  })

  test('decoded, where it was encoded itself', () => {
    expect(masked([Buffer.from('horse battery').toString('base64')], 'the horse battery')).toBe(`the ${MASK}`)
    expect(masked(['horse%2Fbattery'], 'the horse/battery')).toBe(`the ${MASK}`)
    expect(masked(['100%'], 'it is 100%')).toBe(`it is ${MASK}`)
  })
})

test('values shorter than four characters are not masked', () => {
  expect(masked(['abc', ''], 'abc abc')).toBe('abc abc')
  expect(createMask(['abc'])).toBeUndefined()
})

test('characters with a meaning in patterns stand for themselves', () => {
  expect(masked(['a.b*c+(d)[e]{f}|g^$\\-/'], 'x a.b*c+(d)[e]{f}|g^$\\-/ y')).toBe(`x ${MASK} y`)
  expect(masked(['a.c*'], 'abc*')).toBe('abc*')
})

describe('a stream', () => {
  test('hides a secret that is split between chunks', () => {
    expect(streamed(['topsecret'], [Buffer.from('a tops'), Buffer.from('ecre'), Buffer.from('t b')])).toBe(
      `a ${MASK} b`,
    )
  })

  test('passes on what only began like a secret', () => {
    expect(streamed(['topsecret'], [Buffer.from('a tops'), Buffer.from('oil b')])).toBe('a topsoil b')
  })

  test('does not hold back a line that holds no beginning of a secret', () => {
    const mask = createMask(['topsecret'])?.stream()

    expect(mask?.push(Buffer.from('working\n')).toString()).toBe('working\n')
  })

  test('hides the first half of a secret where it was cut', () => {
    expect(streamed(['topsecret'], [Buffer.from('a topsec')], true)).toBe(`a ${MASK}`)
  })

  test('keeps characters that are split between chunks', () => {
    const bytes = Buffer.from('päßwörtchen → ok')

    expect(streamed(['zzzzz'], [bytes.subarray(0, 2), bytes.subarray(2, 17), bytes.subarray(17)])).toBe(
      'päßwörtchen → ok',
    )
  })

  test('gives the same as the whole text, however it is split', () => {
    const alphabet = fc.constantFrom('a', 'b', 'ab', 'ä', ' ')
    const text = fc.array(alphabet, { maxLength: 40 }).map((parts) => parts.join(''))
    const secret = fc.array(alphabet, { minLength: 4, maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(
        text,
        fc.array(secret, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(60), { maxLength: 5 }),
        (whole, secrets, cuts) => {
          const bytes = Buffer.from(whole)
          const marks = [
            0,
            ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
            bytes.length,
          ]
          const chunks = marks.slice(1).map((end, at) => bytes.subarray(marks[at], end))

          const got = streamed(secrets, chunks)

          for (const hidden of secrets) expect(got).not.toContain(hidden)
          expect(got).toBe(streamed(secrets, [bytes]))
        },
      ),
    )
  })
})

describe('whatever the secrets are', () => {
  const unit = fc.oneof(
    fc.constantFrom('a', 'b', 'ab', '*', '.', '(', '[', '\\', '$', '{', '|', '^', '+', '?', '\n', '"', "'"),
    fc.constantFrom('%', '%2', '/', '\0', '\r', ' ', 'é', '→', '𝄞', '\ud800', '\udc00', '\u2028'),
    fc.string({ unit: 'binary', maxLength: 2 }),
  )
  const textOf = (minLength: number, maxLength: number) =>
    fc.array(unit, { minLength, maxLength }).map((units) => units.join(''))
  const secret = textOf(1, 9)

  test('each byte of each form of each is hidden, and no other, wherever chunks begin', {
    timeout: 120_000,
  }, () => {
    const parts = fc.array(fc.oneof(fc.nat(1000), textOf(0, 6)), { maxLength: 12 })
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 4 }), parts, (secrets, pieces) => {
        const forms = [...secretForms(secrets)].filter((form) => Buffer.byteLength(form) <= 128)
        fc.pre(forms.length === [...secretForms(secrets)].length)
        const text = wellFormed(
          pieces
            .map((one) =>
              typeof one === 'string' ? one : (forms[one % forms.length] ?? '').slice(one % 7 === 0 ? 1 : 0),
            )
            .join(''),
        )

        const expected = hiddenOneByOne(forms, Buffer.from(text))

        expect(masked(secrets, text)).toBe(expected)
        const bytes = Buffer.from(text)
        for (let cut = 0; cut <= bytes.length; cut += 1)
          expect(streamed(secrets, [bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(expected)
        expect(
          streamed(
            secrets,
            Array.from(bytes, (byte) => Buffer.of(byte)),
          ),
        ).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })

  test('a long one is hidden in each of its forms, as a whole, wherever chunks begin', {
    timeout: 120_000,
  }, () => {
    const long = textOf(100, 400)
    fc.assert(
      fc.property(
        long,
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (one, nth, sizes) => {
          const forms = [...secretForms([one])]
          const form = wellFormed(forms[nth % forms.length] ?? '')
          fc.pre(Buffer.byteLength(form) > 128)
          const bytes = Buffer.from(`before ${form} after`)
          const chunks: Buffer[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1
            chunks.push(bytes.subarray(at, at + size))
            at += size
          }

          const got = streamed([one], chunks)

          expect(got).toMatch(/^before ?\*{8} ?after$/) // the blank can be a part of the secret
          expect(masked([one], bytes.toString())).toBe(got)
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([1, 3, 4, 100, 16_383, 16_385, 100_000, 5_000_000])(
    'one of %i bytes',
    { timeout: 60_000 },
    (length) => {
      const random = Buffer.alloc(length, 0)
      let state = length
      for (let at = 0; at < length; at += 1) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
        random[at] = 0x21 + ((state >>> 16) % 0x5d)
      }
      const one = random.toString('latin1')

      for (const form of [one, JSON.stringify(one).slice(1, -1), Buffer.from(one).toString('hex')]) {
        const shown = length < 4 ? form : MASK
        expect(masked([one], `a ${form} z`) === `a ${shown} z`).toBe(true)
      }
    },
  )

  test('the time does not depend on what they are', { timeout: 60_000 }, () => {
    const secrets = Array.from({ length: 200 }, (_, n) => `${'a'.repeat(n * 17 + 4)}b`)

    const got = masked(secrets, 'a'.repeat(2_000_000))

    expect(got.length).toBeGreaterThan(0)
  })

  function wellFormed(text: string): string {
    return Buffer.from(text).toString()
  }

  /** By looking for each form at each place. */
  function hiddenOneByOne(forms: string[], bytes: Buffer): string {
    const hidden = new Uint8Array(bytes.length)
    for (const form of forms.map((one) => Buffer.from(one))) {
      for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1))
        hidden.fill(1, at, at + form.length)
    }
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; at += 1) {
      if (hidden[at] === 0) pieces.push(bytes.subarray(at, at + 1))
      else if (at === 0 || hidden[at - 1] === 0) pieces.push(Buffer.from(MASK))
    }
    return Buffer.concat(pieces).toString()
  }
})
