import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { Answer, read, type Route } from '../../../http/route.ts'
import { type FileKind, fileKinds, publishedSchema } from '../file-format/published.ts'

const HOUR_SECONDS = 3600

/** The JSON Schemas of the files of packs, for editors and for checks elsewhere. They hold nothing of this installation. */
export function schemaRoutes(): Route[] {
  return Object.keys(fileKinds).filter(isFileKind).map(schemaRoute)
}

function isFileKind(name: string): name is FileKind {
  return Object.hasOwn(fileKinds, name)
}

function schemaRoute(kind: FileKind): Route {
  const text = JSON.stringify(publishedSchema(kind))
  const headers = {
    'content-type': 'application/schema+json; charset=utf-8',
    'cache-control': `public, max-age=${HOUR_SECONDS}`,
    etag: `"${createHash('sha256').update(text).digest('base64url')}"`,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  }
  return read({
    method: 'GET',
    path: `/schemas/${kind}.json`,
    summary: `The JSON Schema of ${fileKinds[kind].files} in packs`,
    tag: 'packs',
    access: 'public',
    success: { 200: Type.Unknown() },
    handle: async () => new Answer(200, text, headers),
  })
}
