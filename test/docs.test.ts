import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { apiDocument } from '../server/src/services/api-document.ts'
import { generatedPages } from '../server/src/docs/generate.ts'
import { filesBelow, read, root } from './source.ts'

const documents = [...filesBelow('docs'), ...readdirSync(root)].filter((path) => path.endsWith('.md'))

test.each(generatedPages())(
  '$path says what the code says; `npm run docs` writes it anew',
  ({ path, text }) => {
    expect(existsSync(join(root, path)), `${path} is missing; run npm run docs`).toBe(true)
    expect(read(path)).toBe(text)
  },
)

test('the document of the API and its types are those of the routes; `npm run docs` writes them anew', async () => {
  const { text, document } = await apiDocument()
  const { typesOf } = await import('../client/generate.mjs')
  expect(read('client/openapi.json')).toBe(text)
  expect(read('client/src/schema.ts')).toBe(await typesOf(document))
})

test('links between documents lead somewhere', () => {
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path} links to ${target}`),
  )

  expect(broken).toEqual([])
})

test('files that a document names exist', () => {
  const named = /`((?:server|cli|web|packs|bench|scripts|test|docs)\/[\w./-]+\.(?:ts|mjs|md|yaml|sql))`/g
  const missing = documents.flatMap((path) =>
    [...read(path).matchAll(named)]
      .map(([, file]) => file ?? '')
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => `${path} names ${file}`),
  )

  expect(missing).toEqual([])
})

test('what a document names inside of the server exists', () => {
  const named = /`((?:domain|http|database|services|messages|sweeps|pipeline|evaluation|run-as)\/[\w./-]*)`/g
  const missing = documents
    .filter((path) => !path.startsWith('docs/decisions/'))
    .flatMap((path) =>
      [...read(path).matchAll(named)]
        .map(([, inside]) => inside ?? '')
        .filter((inside) => !existsSync(join(root, 'server/src', inside)))
        .map((inside) => `${path} names ${inside}`),
    )

  expect(missing).toEqual([])
})

test('decision records are numbered without gaps and have the same parts', () => {
  const records = readdirSync(join(root, 'docs/decisions'))
    .filter((name) => name.endsWith('.md'))
    .sort()
  const parts = records.map((name) =>
    [...read(`docs/decisions/${name}`).matchAll(/^## (.*)$/gm)].map(([, title]) => title),
  )

  expect(records.map((name) => name.slice(0, 4))).toEqual(
    records.map((_, index) => String(index + 1).padStart(4, '0')),
  )
  expect(parts).toEqual(records.map(() => ['Context', 'Decision', 'Consequences']))
})

test('the map of the architecture stays short', () => {
  expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(200)
})

test('no document has a place left that is to be filled in', () => {
  const open = documents.flatMap((path) =>
    [...read(path).matchAll(/<!-- output: [\w-]+ -->/g)].map(([mark]) => `${path} ${mark}`),
  )

  expect(open).toEqual([])
})
