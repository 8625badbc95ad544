import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import { compileTemplates } from '../../../expressions/template.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { PLATFORM } from '../../access/identity/platform.ts'
import { compileParameterSchema } from '../../schema/compile.ts'
import type { Authority } from '../../access/permission/authority.ts'
import { allows, type GrantBearer, authorize } from '../../caller/scope.ts'
import { compileConditions } from './conditions.ts'
import type { RuleToCompile, KnownRule } from './known-rule.ts'
import { authorityOfRule } from './keystore.ts'
import type { SecretAccess } from './matched-event.ts'
import type { RuleOwnership } from './candidates.ts'
import { ruleScope } from './scope.ts'
import { type SecretPlaces, secretUseOf } from './secret-use.ts'

const all: SecretAccess = { event: true, config: true }

/** Which secrets whoever makes or tries a rule of the pack may see. */
export function secretAccessOf(authority: readonly GrantBearer[], pack_ref: string): SecretAccess {
  return {
    event: authority.every((bearer) => allows(bearer, ['keys', 'decrypt'], {})),
    config: authority.every((bearer) => allows(bearer, ['packs', 'configure'], { ref: pack_ref, pack_ref })),
  }
}

/**
 * Which secrets the owners of rules may see now. A rule of the platform sees all. Nobody is looked up where there is no
 * secret.
 */
export async function secretAccessOfRules(
  db: Queryable,
  known: Iterable<KnownRule>,
  secretEvents: boolean,
): Promise<ReadonlyMap<Id<'rule'>, SecretAccess>> {
  const access = new Map<Id<'rule'>, SecretAccess>()
  const authorities = new Map<string, Authority>() // rules of one owner are many
  for (const { definition, learned } of known) {
    if (isOfPlatform(definition) || learned.kind === 'broken') continue
    if (!(secretEvents || learned.reads_secrets)) continue
    const { id, pack_ref, owner_identity, authority_set_refs } = definition
    const whose = JSON.stringify([owner_identity, authority_set_refs])
    const authority = authorities.get(whose) ?? (await authorityOfRule(db, definition))
    authorities.set(whose, authority)
    access.set(id, secretAccessOf(authority, pack_ref))
  }
  return access
}

export function secretAccessIn(
  access: ReadonlyMap<Id<'rule'>, SecretAccess>,
  rule: Id<'rule'>,
): SecretAccess {
  return access.get(rule) ?? all
}

function isOfPlatform({ owner_identity, authority_set_refs }: RuleOwnership): boolean {
  return owner_identity === PLATFORM && authority_set_refs === null
}

/** What of a rule may use secrets, and of which pack and trigger. */
type Using = { conditions: Json; action_params: JsonObject; pack_ref: string; trigger_ref: string }

/**
 * Refuses a rule that decides on secrets, or makes more of them than to hand them on, for a caller who may not see them:
 * its decisions would tell about them letter by letter. Answers which secrets it uses, for the record.
 */
export async function authorizeSecretUse(db: Queryable, caller: Caller, rule: Using): Promise<JsonObject> {
  const templates = compileTemplates(rule.action_params, ruleScope, { mode: 'lenient' }).compiled
  const use = secretUseOf(compileConditions(rule.conditions), templates, await placesOf(db, rule))
  const { pack_ref } = rule
  const what = 'the secrets that the rule decides on or makes something of; pass them on as they are, or'
  if (use.config)
    authorize(caller, ['packs', 'configure'], {
      ref: pack_ref,
      pack_ref,
      what: `${what} hold it for the pack '${pack_ref}'`,
    })
  if (use.event) authorize(caller, ['keys', 'decrypt'], { what: `${what} hold it without constraints` })
  const used = Object.entries(use).flatMap(([kind, isUsed]) => (isUsed ? [kind] : []))
  return used.length === 0 ? {} : { decides_on_secrets_of: used }
}

async function placesOf(db: Queryable, { pack_ref, trigger_ref }: Using): Promise<SecretPlaces> {
  const found = await db.maybe<{ config: Json; conf_schema: Json; out_schema: Json }>(sql`
    select p.config, p.conf_schema, (select t.out_schema from trigger t where t.ref = ${trigger_ref}) as out_schema
    from pack p where p.ref = ${pack_ref}`)
  if (found === undefined) return { config: [], event: [] }
  const declared = compileParameterSchema(found.conf_schema)
  const config = isJsonObject(found.config) ? found.config : {}
  return {
    config: [...declared.secretPaths, ...declared.collectSecrets(config).map(({ pointer }) => pointer)],
    event: compileParameterSchema(found.out_schema).secretPaths,
  }
}

/** The same of a rule that is tried: whoever tries it chooses what it is asked. */
export function usingOf(
  { conditions, action_params }: RuleToCompile,
  refs: Pick<Using, 'pack_ref' | 'trigger_ref'>,
): Using {
  return { conditions, action_params: isJsonObject(action_params) ? action_params : {}, ...refs }
}
