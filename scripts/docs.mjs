// `npm run docs`: compile what changed, then write what is derived from the code: pages, the document of the API and
// the types that clients have of it.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { typesOf } from '../client/generate.mjs'
import { build } from './build.mjs'

build(['server']) // what is written here, clients are built from
const { generatedPages } = await import('../server/dist/docs/generate.js')
const { apiDocument } = await import('../server/dist/services/api-document.js')
const { text, document } = await apiDocument()
const files = [
  ...generatedPages(),
  { path: 'client/openapi.json', text },
  { path: 'client/src/schema.ts', text: await typesOf(document) },
]
for (const { path, text } of files) {
  const file = join(import.meta.dirname, '..', path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  console.log(path)
}
