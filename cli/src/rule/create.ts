import { answerOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { parseYamlObject, repeated, sourceText } from '../input.ts'
import type { Shell } from '../shell.ts'
import { ruleFromFile, ruleFromFlags, type RuleFlags, toRequest } from './draft.ts'
import { rules } from './rule.ts'

type Options = RuleFlags & { file?: string }

/** `attune rule create`: from flags, from a file as packs have them, or from a file with flags over it. */
export function ruleCreate(shell: Shell): Command {
  return new Command('create')
    .description('create a rule from flags, or from a YAML file that flags may correct')
    .argument('[ref]', 'rule, like demo.on_deploy')
    .option('--file <file>', 'rule as YAML or JSON, - for standard input')
    .option('-t, --trigger <ref>', 'trigger whose events the rule takes')
    .option('-a, --action <ref>', 'action that the rule runs')
    .option('--when <expression>', 'condition, like event.payload.size > 10')
    .option('--conditions <json>', 'conditions as JSON, or @file')
    .option(
      '--param <name=value>',
      'a parameter of the action, repeatable; may hold {{ templates }}',
      repeated,
    )
    .option('--action-params <json>', 'parameters of the action as a JSON object, or @file')
    .option('--trigger-params <json>', 'parameters of the trigger as a JSON object, or @file')
    .option('--label <text>', 'label (default: made from the ref)')
    .option('--description <text>', 'description')
    .option('--pack <ref>', 'pack (default: first part of the ref)')
    .option('--disabled', 'create it switched off')
    .action(async (ref: string | undefined, options: Options) => {
      const { terminal } = shell
      const source = options.file === undefined ? '' : await sourceText(options.file, terminal)
      const file = options.file === undefined ? {} : ruleFromFile(parseYamlObject(source, options.file))
      const flags = await ruleFromFlags(ref, options, terminal)
      const request = toRequest({ ...file, ...flags })
      const { client, out } = await shell.open()
      const { data, warnings = [] } = await answerOf(client.POST('/api/v1/rules', { body: request }))
      out.done(data, rules, (rule) => `Rule ${rule.ref} is created${rule.enabled ? '' : ', disabled'}.`)
      for (const warning of warnings) out.warn(warning)
    })
}
