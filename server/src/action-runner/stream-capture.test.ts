import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMask } from './mask.ts'
import { type CaptureOptions, StreamCapture } from './stream-capture.ts'

let folder = ''
let made = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-capture-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function capture(differs: Partial<CaptureOptions> = {}) {
  made += 1
  const log_path = join(folder, String(made), `${differs.stream ?? 'stdout'}.log`)
  const options: CaptureOptions = {
    stream: 'stdout',
    limit: 1000,
    log_path,
    mask: () => undefined,
    masked_later: false,
    tail: undefined,
    raw_path: undefined,
    ...differs,
  }
  return { capture: new StreamCapture(options), log: () => readFileSync(log_path, 'utf8'), log_path }
}

test('a silent stream makes no file', () => {
  const { capture: stream, log_path } = capture()

  expect(stream.end()).toEqual({
    total: 0,
    kept: 0,
    text: '',
    whole: true,
    raw_path: undefined,
    logged: false,
    log_error: undefined,
  })
  expect(existsSync(log_path)).toBe(false)
})

test('small output makes no file as long as it is not live', () => {
  const { capture: stream, log_path } = capture()

  stream.write(Buffer.from('one\n'))

  expect(stream.end()).toMatchObject({ text: 'one\n', whole: true, logged: false })
  expect(existsSync(log_path)).toBe(false)
})

test('once live, output is in the log as soon as it came, readable for the group', () => {
  const { capture: stream, log, log_path } = capture()

  stream.write(Buffer.from('zero\n'))
  stream.goLive()
  stream.write(Buffer.from('one\n'))

  expect(log()).toBe('zero\none\n')
  expect(statSync(log_path).mode & 0o777).toBe(0o664)
  expect(statSync(join(log_path, '..')).mode & 0o7777).toBe(0o2775)
  stream.end()
})

test('when the bytes of a log came stands beside it', () => {
  const { capture: stream, log, log_path } = capture({ mask: () => createMask(['one-secret']) })
  stream.write(Buffer.from('one-secret\n'))
  stream.write(Buffer.from('two\n'))
  stream.goLive()
  stream.write(Buffer.from('three\n'))
  stream.end()

  const times = readFileSync(log_path.replace('.log', '.times'), 'utf8').trimEnd().split('\n')
  const at = times.map((line) => Number(line.split(' ')[0]))
  const ends = times.map((line) => Number(line.split(' ')[1]))
  expect(at.toSorted((a, b) => a - b)).toEqual(at)
  expect(ends.at(-1)).toBe(Buffer.byteLength(log()))
  expect(times.length).toBeGreaterThanOrEqual(3)
  expect(log()).not.toContain('one-secret')
})

describe('with a limit of 178 bytes', () => {
  const notice = '\n\n[OUTPUT TRUNCATED: stdout exceeded size limit]\n'

  test('50 bytes are whole', () => {
    const { capture: stream, log } = capture({ limit: 178 })
    stream.goLive()

    stream.write(Buffer.alloc(50, 'a'))

    expect(stream.end()).toMatchObject({ total: 50, kept: 50, text: 'a'.repeat(50) })
    expect(log()).toBe('a'.repeat(50))
  })

  test.each([[[51]], [[50, 1]], [[30, 30, 30]]])('chunks of %j bytes are cut after 50, once', (sizes) => {
    const { capture: stream, log } = capture({ limit: 178 })
    const late = capture({ limit: 178 })
    stream.goLive()

    for (const size of sizes) stream.write(Buffer.alloc(size, 'a'))
    for (const size of sizes) late.capture.write(Buffer.alloc(size, 'a'))
    late.capture.goLive()
    const total = sizes.reduce((sum, size) => sum + size, 0)

    expect(stream.end()).toMatchObject({ total, kept: 50, text: 'a'.repeat(50) })
    expect(late.capture.end()).toMatchObject({ total, kept: 50, text: 'a'.repeat(50) })
    expect([log(), late.log()]).toEqual([`${'a'.repeat(50)}${notice}`, `${'a'.repeat(50)}${notice}`])
  })
})

test('of larger output only the log has everything', () => {
  const { capture: stream, log } = capture({ limit: 10_000_000 })

  for (let n = 0; n < 100; n += 1) stream.write(Buffer.alloc(1000, 'b'))

  expect(stream.end()).toMatchObject({
    total: 100_000,
    kept: 100_000,
    text: undefined,
    whole: false,
    logged: true,
  })
  expect(log()).toHaveLength(100_000)
})

test('secrets are masked in the log and not in what is parsed', () => {
  const raw_path = join(folder, 'raw')
  const { capture: stream, log } = capture({
    limit: 10_000_000,
    mask: () => createMask(['topsecret']),
    raw_path,
  })

  for (let n = 0; n < 10_000; n += 1) stream.write(Buffer.from('a topsecret'))
  const end = stream.end()

  expect({ text: end.text, raw_path: end.raw_path }).toEqual({ text: undefined, raw_path })
  expect(log().includes('topsec')).toBe(false)
  expect(readFileSync(raw_path, 'utf8') === 'a topsecret'.repeat(10_000)).toBe(true)
  expect(statSync(raw_path).mode & 0o777).toBe(0o600)
})

test('half a secret before the cut is masked', () => {
  const { capture: stream, log } = capture({ limit: 138, mask: () => createMask(['topsecret']) })

  stream.goLive()
  stream.write(Buffer.from('see topsecret and more'))
  stream.end()

  expect(log()).toMatch(/^see \*{8}\n\n\[OUTPUT/)
})

test('the log of standard error begins at its beginning, however late it goes live', () => {
  const { capture: stream, log } = capture({ stream: 'stderr', tail: 100, limit: 1000 })

  for (let n = 0; n < 10; n += 1) stream.write(Buffer.from(`line ${n}\n`))
  stream.goLive()
  for (let n = 10; n < 20; n += 1) stream.write(Buffer.from(`line ${n}\n`))
  stream.end()

  expect(log().split('\n')).toEqual([...Array.from({ length: 20 }, (_, n) => `line ${n}`), ''])
})

test('of standard error the end is kept, also beyond the limit', () => {
  const { capture: stream } = capture({ stream: 'stderr', tail: 100, limit: 178 })

  for (let n = 0; n < 100; n += 1) stream.write(Buffer.from(`line ${n}\n`))
  const end = stream.end()

  expect(end.whole).toBe(false)
  expect(end.text?.endsWith('line 98\nline 99\n')).toBe(true)
  expect(end.text?.length).toBeLessThan(200)
})

test('a log that cannot be written is reported, and the beginning is still there', () => {
  const { capture: stream } = capture({ log_path: join(folder, 'missing', 'deep', 'stdout.log') })

  stream.goLive()
  stream.write(Buffer.from('hello'))

  expect(stream.end()).toMatchObject({
    total: 5,
    text: 'hello',
    logged: false,
    log_error: expect.stringContaining('ENOENT'),
  })
})
