import { answerOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { changesOf } from '../definition/draft.ts'
import { parseYamlObject, repeated, sourceText, trueOrFalse } from '../input.ts'
import { type JsonObject, written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { qualified, ruleFromFile, ruleFromFlags, type RuleFlags } from './draft.ts'
import { rules } from './rule.ts'

type Options = RuleFlags & { file?: string; enabled?: boolean }

/** `attune rule update REF` */
export function ruleUpdate(shell: Shell): Command {
  return new Command('update')
    .description('change a rule; what is not given stays')
    .argument('<ref>', 'rule, like demo.on_deploy')
    .option('--file <file>', 'changes as YAML or JSON, - for standard input; flags correct them')
    .option('-t, --trigger <ref>', 'trigger whose events the rule takes')
    .option('-a, --action <ref>', 'action that the rule runs')
    .option('--when <expression>', 'condition, like event.payload.size > 10')
    .option('--conditions <json>', 'conditions as JSON, or @file')
    .option('--param <name=value>', 'a parameter of the action, repeatable; all others go', repeated)
    .option('--action-params <json>', 'parameters of the action as a JSON object, or @file')
    .option('--trigger-params <json>', 'parameters of the trigger as a JSON object, or @file')
    .option('--label <text>', 'label')
    .option('--description <text>', 'description')
    .option('--enabled <true|false>', 'whether it takes events', trueOrFalse)
    .action(async (ref: string, { file, enabled, ...flags }: Options) => {
      const { terminal } = shell
      const source = file === undefined ? '' : await sourceText(file, terminal)
      const pack = ref.split('.')[0] ?? ref
      const changes = changesOf({
        ...(file === undefined ? {} : ruleFromFile(parseYamlObject(source, file))),
        ...inPack(pack, await ruleFromFlags(undefined, flags, terminal)),
        ...(enabled === undefined ? {} : { enabled }),
      })
      const body = written<Schemas['UpdateRule']>(changes)
      const { client, out } = await shell.open()
      const { data, warnings = [] } = await answerOf(
        client.PUT('/api/v1/rules/{ref}', { params: { path: { ref } }, body }),
      )
      out.done(data, rules, (rule) => `Rule ${rule.ref} is changed.`)
      for (const warning of warnings) out.warn(warning)
    })
}

/** A name without a pack is of the pack of the rule. */
function inPack(pack: string, changes: JsonObject): JsonObject {
  const named = ['trigger_ref', 'action_ref']
  return Object.fromEntries(
    Object.entries(changes).map(([field, value]) => [
      field,
      named.includes(field) && typeof value === 'string' ? qualified(value, pack) : value,
    ]),
  )
}
