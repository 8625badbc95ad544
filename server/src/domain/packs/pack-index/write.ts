import type { Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import { checkedUrl, plainUrl, refusedSource } from '../fetch/source-url.ts'
import type { Cipher } from '../../secret/cipher.ts'
import type { RegistrySettings } from './catalogue.ts'
import { sealHeaders } from './headers.ts'
import { type PackRegistryIndex, type PackRegistryIndexDetail, shownIndex } from './registry.ts'
import * as indexes from './queries.ts'

export type Writing = RequestContext & { tx: Transaction; cipher: Cipher; settings: RegistrySettings }

type Headers = Readonly<Record<string, string>>
export type IndexBody = {
  url: string
  name?: string | null
  position?: number | null
  enabled?: boolean
  headers?: Headers
}
type Changes = {
  url?: string | null
  name?: string | null
  position?: number | null
  enabled?: boolean | null
  headers?: Headers
}

export async function addIndex(writing: Writing, body: IndexBody): Promise<PackRegistryIndexDetail> {
  const { tx, cipher, settings } = writing
  const { name = null, position = null, enabled = true, headers = {} } = body
  const url = indexUrl(body.url, settings)
  const index = await indexes.insert(tx, { url, name, position, enabled, ...sealHeaders(cipher, headers) })
  await recordIndex(writing, 'created', index)
  return shownIndex(index)
}

/** Null is the same as not given. Headers are for whom they were given to: they do not follow to another origin. */
export async function changeIndex(
  writing: Writing,
  id: Id<'pack_registry_index'>,
  body: Changes,
): Promise<PackRegistryIndexDetail> {
  const { tx, cipher, settings } = writing
  const before = await indexes.lock(tx, id)
  const url = body.url === undefined || body.url === null ? before.url : indexUrl(body.url, settings)
  const known = sameOrigin(before.url, url) ? before : undefined
  const { headers, encryption_key_hash } = known ?? sealHeaders(cipher, {})
  const index = await indexes.update(tx, id, {
    url,
    name: body.name ?? before.name,
    position: body.position ?? before.position,
    enabled: body.enabled ?? before.enabled,
    ...(body.headers === undefined
      ? { headers, encryption_key_hash }
      : sealHeaders(cipher, body.headers, known)),
  })
  await recordIndex(writing, 'updated', index)
  return shownIndex(index)
}

export async function removeIndex(
  writing: Writing,
  id: Id<'pack_registry_index'>,
): Promise<PackRegistryIndex> {
  const index = await indexes.remove(writing.tx, id)
  await recordIndex(writing, 'deleted', index)
  return index
}

function indexUrl(text: string, { allow_http, allowed_private_hosts }: RegistrySettings): string {
  if (text.startsWith('file:')) {
    const url = plainUrl(text, 'url')
    if (url.host !== '')
      throw refusedSource('a file is on this machine, so the URL has no host: file:///path', 'url')
    return url.href
  }
  return checkedUrl(text, { allow_http, allowed_hosts: null, private_hosts: allowed_private_hosts }, 'url')
    .href
}

function sameOrigin(one: string, other: string): boolean {
  return new URL(one).origin === new URL(other).origin
}

async function recordIndex(
  writing: Writing,
  verb: 'created' | 'updated' | 'deleted',
  { id, url, enabled, position, headers }: PackRegistryIndex,
): Promise<void> {
  await record(writing.tx, [
    {
      category: 'pack',
      event_type: `pack_index.${verb}`,
      outcome: 'success',
      ...actorOf(writing),
      resource_type: 'pack_registry_index',
      resource_id: id,
      details: { url, enabled, position, headers: Object.keys(headers) },
    },
  ])
}
