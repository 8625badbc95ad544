import type { Queryable } from '../../database/database.ts'
import { ExpressionError } from '../../expressions/error.ts'
import { type CompiledTemplates, compileTemplates } from '../../expressions/template.ts'
import type { Id } from '../../id.ts'
import { isJsonObject, type Json } from '../../json.ts'
import { type CompiledSchema, compileParameterSchema } from '../parameter-schema/compile.ts'
import { Problem } from '../../problem.ts'
import { openConfigs } from '../pack/config-secrets.ts'
import type { Cipher } from '../secret/cipher.ts'
import type { RuleWants } from '../key/queries.ts'
import { type Candidate, findDefinitions, type RuleDefinition } from './candidates.ts'
import { type CompiledConditions, compileConditions } from './conditions.ts'
import { checkKeystore, emptyKeystore, type Keystore, namesAsked } from './keystore.ts'
import type { RuleOwnership } from './queries.ts'
import { ruleScope } from './scope.ts'

/** A rule ready to decide about events. */
export type CompiledRule = {
  conditions: CompiledConditions
  /** The rule's conditions as written, kept with every enforcement. */
  source: Json
  params: CompiledTemplates
  pack_config: Json
  /** JSON pointers of the secret values in the pack's config. */
  config_secrets: readonly string[]
  parameters: CompiledSchema
  /** In whose place it reads and runs. */
  ownership: RuleOwnership
  /** Which keys the templates name, and in whose place they are looked for. */
  asks: RuleWants
  /** What was found of them; looked up anew for every batch, because keys change apart from rules. */
  keystore: Keystore
}

/** A compiled rule, or why it cannot be compiled. */
export type Compilation = { kind: 'ready'; rule: CompiledRule } | { kind: 'broken'; message: string }

const KEPT = 5000

/**
 * Compiles rules on first use and keeps them under (id, stamp): a rule that changed is never answered from what
 * it was. Only what is derived is kept; which rules there are is read for every batch.
 */
export class CompiledRules {
  readonly #cipher: Cipher
  readonly #kept = new Map<Id<'rule'>, { stamp: string; compilation: Compilation }>()

  constructor(cipher: Cipher) {
    this.#cipher = cipher
  }

  /** The compiled form of every candidate; fetches the definitions of those that are new or changed. */
  async of(db: Queryable, candidates: readonly Candidate[]): Promise<Map<Id<'rule'>, Compilation>> {
    const stale = candidates.filter(({ id, stamp }) => this.#kept.get(id)?.stamp !== stamp)
    if (stale.length > 0) {
      const stamps = new Map(stale.map(({ id, stamp }) => [id, stamp]))
      if (this.#kept.size > KEPT) this.#kept.clear()
      const definitions = await findDefinitions(db, [...stamps.keys()])
      for (const definition of await openConfigs(db, this.#cipher, definitions)) {
        this.#kept.set(definition.id, {
          stamp: stamps.get(definition.id) ?? '',
          compilation: compile(definition),
        })
      }
    }
    return new Map(
      candidates.flatMap(({ id }) => {
        const kept = this.#kept.get(id)
        return kept === undefined ? [] : [[id, kept.compilation] as const]
      }),
    )
  }
}

export function compile(definition: RuleDefinition & { config_secrets: string[] }): Compilation {
  try {
    const schema = compileParameterSchema(definition.conf_schema)
    const config = schema.applyDefaults(isJsonObject(definition.pack_config) ? definition.pack_config : {})
    const secrets = schema.collectSecrets(config)
    const params = compileTemplates(
      isJsonObject(definition.action_params) ? definition.action_params : {},
      ruleScope,
      { mode: 'lenient' },
    )
    const [problem] = checkKeystore(params)
    if (problem !== undefined) return { kind: 'broken', message: `${problem.field}: ${problem.message}` }
    return {
      kind: 'ready',
      rule: {
        conditions: compileConditions(definition.conditions),
        source: definition.conditions,
        params,
        pack_config: config,
        config_secrets: [
          ...new Set([...definition.config_secrets, ...secrets.map(({ pointer }) => pointer)]),
        ],
        parameters: compileParameterSchema(definition.param_schema),
        ownership: {
          owner_identity: definition.owner_identity,
          authority_set_refs: definition.authority_set_refs,
        },
        asks: {
          rule: definition.id,
          pack: definition.pack,
          action: definition.action,
          owner: definition.owner_identity,
          names: namesAsked(params),
        },
        keystore: emptyKeystore,
      },
    }
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof Problem)
      return { kind: 'broken', message: error.message }
    throw error
  }
}
