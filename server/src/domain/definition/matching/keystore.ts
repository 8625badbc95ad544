import type { Queryable } from '../../../database/database.ts'
import type { CompiledTemplates } from '../../../expressions/template.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import type { FieldProblem } from '../../../problem.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import * as identities from '../../access/identity/queries.ts'
import { allowsKey } from '../key/access.ts'
import { findForRules, type StoredKey, type KeysOfRule } from '../key/queries.ts'
import { targetOf, valueOf } from '../key/write.ts'
import { type Authority, authorityOf, boundOf } from '../../access/permission/authority.ts'
import { grantsOf } from '../../access/permission/queries.ts'
import type { Cipher } from '../../secret/cipher.ts'
import type { KnownRule } from './known-rule.ts'
import type { RuleOwnership } from './candidates.ts'

/** What a rule gets when it says `keystore.<name>`: values, or why there is none. */
export type Keystore = { values: JsonObject; refused: ReadonlyMap<string, string> }

export const emptyKeystore: Keystore = { values: {}, refused: new Map() }

/** The names that templates ask the keystore for. */
export function namesAsked({ references }: Pick<CompiledTemplates, 'references'>): string[] {
  const names = references.flatMap(({ paths }) =>
    paths.flatMap(([root, name]) => (root === 'keystore' && name !== undefined ? [String(name)] : [])),
  )
  return [...new Set(names)]
}

/** A key is asked for by its name: whoever reads a rule must see which keys it uses. */
export function checkKeystore({ references }: Pick<CompiledTemplates, 'references'>): FieldProblem[] {
  const whole = references.some(({ paths }) =>
    paths.some(([root, name]) => root === 'keystore' && name === undefined),
  )
  const message = 'keystore is asked by name: write keystore.<name>, without computing the name'
  return whole ? [{ field: 'action_params', message }] : []
}

export type KeystoreContext = {
  cipher: Cipher
  /** Who reads; without it each rule reads in the place of its owner. */
  reader?: Caller
}

/**
 * The keys that rules ask for: of the action, else of the pack, else of the owner, else of the system. A rule can hand
 * a value to anybody, so its owner must be allowed to read it in clear.
 */
export async function keystoresOf(
  db: Queryable,
  known: Iterable<KnownRule>,
  { cipher, reader }: KeystoreContext,
): Promise<ReadonlyMap<Id<'rule'>, Keystore>> {
  const asking = [...known].flatMap(({ learned, definition }) =>
    learned.kind === 'ready' && learned.asks.names.length > 0 ? [{ asks: learned.asks, definition }] : [],
  )
  if (asking.length === 0) return new Map()
  const found = await findForRules(
    db,
    asking.map(({ asks }) => asks),
  )
  const keystores = new Map<Id<'rule'>, Keystore>()
  for (const { asks, definition } of asking) {
    const by = reader === undefined ? await authorityOfRule(db, definition) : ([reader] as const)
    const own = found.filter(({ rule }) => rule === asks.rule)
    keystores.set(asks.rule, keystoreOf(asks, own, by, cipher))
  }
  return keystores
}

/** The platform reads no keys in its own name: it has no grants. */
export async function authorityOfRule(
  db: Queryable,
  { owner_identity: owner, authority_set_refs: refs }: RuleOwnership,
): Promise<Authority> {
  const account = owner === null ? undefined : await identities.findWithGrants(db, owner)
  return authorityOf(account, boundOf(refs, await grantsOf(db, refs ?? [])))
}

function keystoreOf(
  asks: KeysOfRule,
  found: readonly StoredKey[],
  reader: Authority,
  cipher: Cipher,
): Keystore {
  const values: [string, Json][] = []
  const refused = new Map<string, string>()
  for (const name of asks.names) {
    const key = nearest(found.filter((one) => one.name === name && isReadable(reader, one)))
    const value = key === undefined ? unknownKey(name) : opened(key, cipher)
    if (value instanceof Problem) refused.set(name, value.message)
    else values.push([name, value])
  }
  return { values: Object.fromEntries(values), refused }
}

function isReadable(reader: Authority, key: StoredKey): boolean {
  const target = targetOf(key)
  return reader.every(
    (bearer) => allowsKey(bearer, 'read', target) && (!key.encrypted || allowsKey(bearer, 'decrypt', target)),
  )
}

const order = ['action', 'pack', 'identity', 'system', 'sensor'] as const

function nearest(found: readonly StoredKey[]): StoredKey | undefined {
  return found.toSorted((a, b) => order.indexOf(a.owner_type) - order.indexOf(b.owner_type))[0]
}

function opened(key: StoredKey, cipher: Cipher): Json | Problem {
  try {
    return valueOf(key, cipher)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

function unknownKey(name: string): Problem {
  const message = `There is no key '${name}' that the owner of the rule may decrypt; create it for the action, the pack, the owner or the system, or grant keys:decrypt.`
  return new Problem('NOT_FOUND', message)
}
