import { ExpressionError } from '../../../expressions/error.ts'
import type { Watch } from '../../../expressions/frame.ts'
import { type CompiledTemplates, compileTemplates } from '../../../expressions/template.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import { type CompiledSchema, compileParameterSchema } from '../../schema/compile.ts'
import { Problem } from '../../../problem.ts'
import type { KeysOfRule } from '../key/queries.ts'
import { type CompiledConditions, compileConditions } from './conditions.ts'
import type { RuleToCompile, KnownOutcome } from './known-rule.ts'
import { checkKeystore, emptyKeystore, type Keystore, namesAsked } from './keystore.ts'
import type { RuleOwnership } from './candidates.ts'
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
  asks: KeysOfRule
  /** What was found of them; looked up anew for every batch, because keys change apart from rules. */
  keystore: Keystore
}

/** A compiled rule, or why it cannot be compiled. */
export type Compilation = { kind: 'ready'; rule: CompiledRule } | { kind: 'broken'; message: string }

/** What whoever asks has to know of a compiled rule. */
export function knownOutcomeOf(compilation: Compilation): KnownOutcome {
  if (compilation.kind === 'broken') return compilation
  const { asks, config_secrets } = compilation.rule
  return { kind: 'ready', asks, reads_secrets: config_secrets.length > 0 }
}

/** Compiles a rule, within the time of the watch: what takes longer is broken. */
export function compile(definition: RuleToCompile, watch?: Watch): Compilation {
  try {
    const schema = compileParameterSchema(definition.conf_schema)
    const config = schema.applyDefaults(isJsonObject(definition.pack_config) ? definition.pack_config : {})
    const secrets = schema.collectSecrets(config)
    const params = compileTemplates(
      isJsonObject(definition.action_params) ? definition.action_params : {},
      ruleScope,
      { mode: 'lenient', ...(watch === undefined ? {} : { watch }) },
    )
    const [problem] = checkKeystore(params)
    if (problem !== undefined) return { kind: 'broken', message: `${problem.field}: ${problem.message}` }
    return {
      kind: 'ready',
      rule: {
        conditions: compileConditions(definition.conditions, watch),
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
