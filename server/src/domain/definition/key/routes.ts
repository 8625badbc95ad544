import { Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { exactRef } from '../../../http/parameter.ts'
import { call, item, type Route, read, write } from '../../../http/route.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { allowedKeys, allowsKey, demandKey, demandSome } from './access.ts'
import { recordKey } from './audit.ts'
import { CreateKey, UpdateKey } from './body.ts'
import { type Key, KeyDetail, KeySummary, ownerTypes } from './key.ts'
import * as keys from './queries.ts'
import { KeyRotation, rotate, type SealedElsewhere } from './rotate.ts'
import { createKey, noSuchKey, targetOf, updateKey, valueOf } from './write.ts'

export type KeyDeps = {
  cipher: Cipher
  sealed: SealedElsewhere
  /** Bytes of a value at most. */
  inline_limit_bytes: number
}

const tag = 'keys'
/** Executions and sensors have keys of their own without a grant: each handler asks about the key. */
const guarded = { tag, tokens: ['access', 'execution', 'sensor'], own: true, scoped: true } as const
const params = Type.Object({ ref: exactRef })
const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })

/** Keys: named values, secret or not, for actions, sensors and rules. */
export function keyRoutes(deps: KeyDeps): Route[] {
  return [listRoute, createRoute(deps), rotateRoute(deps), getRoute(deps), updateRoute(deps), deleteRoute]
}

const listRoute = read({
  ...guarded,
  method: 'GET',
  path: '/api/v1/keys',
  summary: 'Keys without their values, by ref',
  access: ['keys', 'read'],
  query: Type.Object({
    owner_type: Type.Optional(oneOf(ownerTypes)),
    owner: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'Id or ref of the owner, or `system`.' }),
    ),
    ...pageQuery,
  }),
  success: { 200: listOf(KeySummary) },
  handle({ db, query, caller }) {
    demandSome(caller, 'read')
    const rows = { filter: query, allowed: allowedKeys(caller, 'read') }
    return answerPage(query, (page) => keys.list(db, rows, page))
  },
})

function createRoute(deps: KeyDeps): Route {
  return write({
    ...guarded,
    method: 'POST',
    path: '/api/v1/keys',
    summary: 'Create a key',
    description:
      'It is encrypted unless `encrypted` is false. The answer has the value for whoever may decrypt it.',
    access: ['keys', 'create'],
    body: CreateKey,
    max_body_bytes: Infinity,
    success: { 201: item(KeyDetail) },
    refusals: [409, 413],
    async handle({ tx, body, ...actor }) {
      const key = await createKey({ ...deps, tx, caller: actor.caller }, body)
      await recordKey(tx, 'created', key, actor)
      return { data: shownTo(actor.caller, key, deps.cipher), message: 'Key created' }
    },
  })
}

function rotateRoute(deps: KeyDeps): Route {
  return call({
    tag,
    method: 'POST',
    path: '/api/v1/keys/rotate-encryption',
    summary: 'Encrypt everything anew with the current encryption key',
    description:
      'Works for some seconds and answers what is left: call again until `done`. It may be interrupted, repeated, and run in several processes at once. Afterwards the previous keys may be dropped.',
    access: ['keys', 'update'],
    success: { 200: item(KeyRotation) },
    handle: async ({ database, ...actor }) => ({ data: await rotate(database, deps, actor) }),
  })
}

function getRoute({ cipher }: KeyDeps): Route {
  return write({
    ...guarded,
    method: 'GET',
    path: '/api/v1/keys/{ref}',
    summary: 'A key with its value',
    description: 'The value of an encrypted key is null without the permission keys:decrypt.',
    access: ['keys', 'read'],
    params,
    query: Type.Object({
      decrypt: Type.Optional(
        Type.Boolean({ description: 'false: leave the value out, also where it may be seen. Default true.' }),
      ),
    }),
    success: { 200: item(KeyDetail) },
    refusals: [404],
    async handle({ tx, params, query, ...actor }) {
      const key = readable(await keys.findByRef(tx, params.ref), params.ref, actor.caller)
      const withValue = query.decrypt !== false
      const decrypts = withValue && key.encrypted && mayDecrypt(actor.caller, key)
      await recordKey(tx, decrypts ? 'decrypted' : 'read', key, actor)
      return { data: withValue ? shownTo(actor.caller, key, cipher) : { ...key, value: null } }
    },
  })
}

function updateRoute(deps: KeyDeps): Route {
  return write({
    ...guarded,
    method: 'PUT',
    path: '/api/v1/keys/{ref}',
    summary: 'Change a key',
    description:
      'What is not given or null stays; ref and owner never change. To turn encryption off without a new value needs keys:decrypt.',
    access: ['keys', 'update'],
    params,
    body: UpdateKey,
    max_body_bytes: Infinity,
    success: { 200: item(KeyDetail) },
    refusals: [404, 409, 413],
    async handle({ tx, params, body, ...actor }) {
      const key = await updateKey({ ...deps, tx, caller: actor.caller }, params.ref, body)
      await recordKey(tx, 'updated', key, actor)
      return { data: shownTo(actor.caller, key, deps.cipher), message: 'Key updated' }
    },
  })
}

const deleteRoute = write({
  ...guarded,
  method: 'DELETE',
  path: '/api/v1/keys/{ref}',
  summary: 'Delete a key',
  access: ['keys', 'delete'],
  params,
  success: { 200: item(Acknowledged) },
  refusals: [404],
  async handle({ tx, params, ...actor }) {
    const key = readable(await keys.lockByRef(tx, params.ref), params.ref, actor.caller)
    demandKey(actor.caller, 'delete', targetOf(key))
    await keys.remove(tx, key.id)
    await recordKey(tx, 'deleted', key, actor)
    return { data: { success: true, message: `Key '${params.ref}' deleted` } }
  },
})

/** What a caller may not read is as if it were not there. */
function readable(key: Key | undefined, ref: string, caller: Caller): Key {
  if (key === undefined || !allowsKey(caller, 'read', targetOf(key))) throw noSuchKey(ref)
  return key
}

function mayDecrypt(caller: Caller, key: Key): boolean {
  return allowsKey(caller, 'decrypt', targetOf(key))
}

/** A value in clear for whoever may see it; null where it is encrypted and stays so. */
function shownTo(caller: Caller, key: Key, cipher: Cipher): KeyDetail {
  if (key.encrypted && !mayDecrypt(caller, key)) return { ...key, value: null }
  return { ...key, value: valueOf(key, cipher) }
}
