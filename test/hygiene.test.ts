import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import { madePatterns } from './file-rules.ts'
import { filesBelow, occurrences, program, read, root, server, type SourceFile } from './source.ts'

/** Every text file of the project, documents and settings included. */
const texts: readonly Pick<SourceFile, 'path' | 'text'>[] = filesBelow('.')
  .filter((path) => !/\.(png|jpe?g|gif|svg|ico|woff2?|gz|tgz|zip|log|tsbuildinfo)$/.test(path))
  .map((path) => ({ path, text: read(path) }))
const withoutLock = texts.filter(({ path }) => path !== 'package-lock.json')

test('the server writes to its log, not to the console', () => {
  expect(occurrences(server, 'bare', /\bconsole\.\w+/g)).toEqual([])
})

test('the environment is read in few places: what comes from it is passed on as a value', () => {
  // Those below main.ts start programs of the machine, which are found by PATH.
  const readers =
    /^server\/src\/(main\.ts|home\.ts|config\/|sensor-runner\/|action-runner\/|database\/embedded\/)/
  const elsewhere = server.filter(({ path }) => !readers.test(path))

  expect(occurrences(elsewhere, 'bare', /\bprocess\.env\b/g)).toEqual([])
})

test('no child process inherits the environment as a whole', () => {
  // The spawner's own environment is the list that its worker made for actions.
  const starters = server.filter(({ path }) => path !== 'server/src/action-runner/spawner.ts')

  expect(occurrences(starters, 'bare', /\benv:\s*process\.env\b(?!\[)|\.\.\.process\.env\b/g)).toEqual([])
})

test('no regular expression is made of data: it could mean anything, take for ever, and be quoted in its error', () => {
  const made = occurrences(program, 'bare', /\b(?:new\s+)?RegExp\s*\(/g)

  expect(made.filter((one) => !madePatterns.some(({ path }) => one.startsWith(`${path}:`)))).toEqual([])
  for (const { path } of madePatterns) expect(made.some((one) => one.startsWith(`${path}:`))).toBe(true)
})

test('no secret is a literal', () => {
  const assigned =
    /\b(?:password|passwd|secret|token|api_key|encryption_key|jwt_secret)\w*['"]?\s*[:=]\s*['"`](?=[^'"`]*\d)(?=[^'"`]*[a-z])[^'"`\s${}]{12,}['"`]/gi

  expect(occurrences(program, 'code', assigned)).toEqual([])
  // Tests of TLS bring a key of their own.
  expect(
    occurrences(
      texts.filter(({ path }) => !path.endsWith('.test.ts')),
      'text',
      /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
    ),
  ).toEqual([])
})

test('no file names the machine that it was written on', () => {
  const homes = [root, homedir()].filter((path) => path.split('/').length > 2)
  const named = homes.map((path) => path.replace(/[^\w/]/g, '\\$&')).join('|')

  if (named !== '') expect(occurrences(texts, 'text', new RegExp(`(?:${named})\\b`, 'g'))).toEqual([])
})

test('the lock file says what is installed, not from where', () => {
  const lock: unknown = JSON.parse(read('package-lock.json'))
  const addresses = JSON.stringify(lock).match(/"resolved":"[a-z+]+:\/\/[^"]*"/g) ?? []

  expect(addresses).toEqual([])
  expect(JSON.stringify(lock)).toContain('"integrity"')
})

test('no file names a package registry', () => {
  const address = /^\s*(?:@[\w-]+:)?registry\s*=.*|\bregistry\.[a-z0-9-]+\.[a-z]+\b/gim

  expect(occurrences(withoutLock, 'text', address)).toEqual([])
})

test('texts end with a line break and have no carriage returns', () => {
  const broken = texts.filter(({ text }) => text !== '' && (!text.endsWith('\n') || text.includes('\r')))

  expect(broken.map(({ path }) => path)).toEqual([])
})

test('work is finished or is an issue: no note to oneself is left in the code', () => {
  expect(occurrences(program, 'text', /\b(?:TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))[^\n]*/g)).toEqual([])
})
