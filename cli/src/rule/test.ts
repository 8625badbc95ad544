import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { decisionText } from '../explain/values.ts'
import { Failure } from '../failure.ts'
import { jsonOption, positiveInteger, repeated } from '../input.ts'
import type { Branch } from '../output/tree.ts'
import type { Shell } from '../shell.ts'
import { ruleToTry } from './trial.ts'

type Options = { payload?: string; header?: string[]; event?: number }

/** `attune rule test FILE|REF` */
export function ruleTest(shell: Shell): Command {
  return new Command('test')
    .description('what a rule does with a payload or a stored event; nothing runs')
    .argument('<file|ref>', 'rule as YAML or JSON (- for standard input), or a stored rule')
    .option('--payload <json>', 'payload of a made-up event as JSON, or @file')
    .option(
      '--header <name: value>',
      'header of a made-up event, like "X-GitHub-Event: push"; repeatable',
      repeated,
    )
    .option('--event <id>', 'a stored event', positiveInteger('an event id'))
    .action(async (given: string, { payload, header, event }: Options) => {
      if ((payload === undefined) === (event === undefined))
        throw new Failure('usage', 'Give either --payload or --event.')
      if (header !== undefined && event !== undefined)
        throw new Failure('usage', 'A stored event has its own headers; give --header with --payload.')
      const rule = await ruleToTry(given, shell.terminal)
      const sample = {
        ...(event === undefined ? {} : { event }),
        ...(payload === undefined ? {} : { payload: await jsonOption(payload, '--payload', shell.terminal) }),
        ...(header === undefined ? {} : { config: { headers: headersOf(header) } }),
      }
      const { client, out } = await shell.open()
      out.tree(
        await dataOf(client.POST('/api/v1/rules/test', { body: { rule, ...sample } })),
        given,
        testTree,
      )
    })
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? []
      if (name === undefined || value === undefined)
        throw new Failure('usage', `'${line}' is no header; write it as 'Name: value'.`)
      return [name, value]
    }),
  )
}

function testTree({ decision, config, parameter_problems }: Schemas['RuleTest']): Branch[] {
  const problems = parameter_problems.map(({ field, message }) => ({ text: `${field} ${message}` }))
  return [
    {
      text: `Rule ${decision.rule_ref} ${decisionText(decision)}`,
      colour: decision.outcome === 'matched' ? 'green' : 'yellow',
      notes: config === null ? [] : [`parameters: ${JSON.stringify(config)}`],
      below:
        problems.length === 0 ? [] : [{ text: 'The execution would fail', colour: 'red', below: problems }],
    },
  ]
}
