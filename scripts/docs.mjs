// `npm run docs`: compile what changed, then write the documents that are derived from the code.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from './build.mjs'

build()
const { generatedPages } = await import('../server/dist/docs/generate.js')
for (const { path, text } of generatedPages()) {
  const file = join(import.meta.dirname, '..', path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  console.log(path)
}
