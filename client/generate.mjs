// Types of the API from its document. The generator works with a TypeScript of its own: it is the compiler's old API
// that it writes with.
import openapi, { astToString } from 'openapi-typescript'

/** The text of `src/schema.ts`. */
export async function typesOf(document) {
  const nodes = await openapi(document, { alphabetize: true, emptyObjectsUnknown: true })
  return `// Written by \`npm run docs\` from openapi.json.\n\n${astToString(nodes)}`
}
