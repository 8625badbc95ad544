import { documentOf } from '../http/openapi.ts'
import type { JsonObject } from '../json.ts'
import { VERSION } from '../version.ts'
import { declaredRoutes } from './declared-routes.ts'

/** The OpenAPI document that the API serves, and how it is written down. */
export async function apiDocument(): Promise<{ document: JsonObject; text: string }> {
  const document = await documentOf(await declaredRoutes(), VERSION)
  return { document, text: `${JSON.stringify(document, null, 1)}\n` }
}
