import { dataOf } from '@attune/client/dist/answer.js'
import { Command, Option } from 'commander'
import { executions } from '../execution/execution.ts'
import { follow } from '../execution/follow.ts'
import { nonNegativeNumber, objectOption, repeated, typedPairs } from '../input.ts'
import type { Shell } from '../shell.ts'

type Options = { param?: string[]; paramsJson?: string; follow?: boolean; watch?: boolean; timeout: number }

/** `attune run REF`, also `attune action run REF`: starts an execution of an action. */
export function actionRun(shell: Shell): Command {
  return new Command('run')
    .alias('execute')
    .description('run an action; with --follow wait for its end and exit as it did')
    .argument('<ref>', 'action, like core.echo')
    .option(
      '--param <name=value>',
      'a parameter, repeatable; the value is read as the action asks for it: text, a number, JSON',
      repeated,
    )
    .option('--params-json <json>', 'parameters as a JSON object, or @file, or - for standard input')
    .option('-f, --follow', 'wait for the end, then print status, output and result')
    .addOption(new Option('-w, --watch', 'same as --follow').hideHelp())
    .option('--timeout <seconds>', 'how long --follow waits, 0 for ever', nonNegativeNumber('a timeout'), 300)
    .action(async (ref: string, options: Options) => {
      const { param, paramsJson } = options
      const parameter_texts = typedPairs(param ?? [])
      const parameters =
        paramsJson === undefined ? {} : await objectOption(paramsJson, '--params-json', shell.terminal)
      const session = await shell.open()
      const created = await dataOf(
        session.client.POST('/api/v1/executions/execute', {
          body: { action_ref: ref, parameters, ...(param === undefined ? {} : { parameter_texts }) },
        }),
      )
      if (options.follow !== true && options.watch !== true) return session.out.item(created, executions)
      const { id } = created
      shell.finish(
        await follow(session, id, { timeoutMs: options.timeout * 1000, signal: shell.terminal.signal }),
      )
    })
}
