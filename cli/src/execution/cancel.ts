import { dataOf } from '@attune/client/dist/answer.js'
import { Command, Option } from 'commander'
import { nonNegativeNumber, positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { endOf, executions } from './execution.ts'
import { follow } from './follow.ts'

type Options = { wait?: boolean; timeout: number }

/** `attune execution cancel ID` */
export function executionCancel(shell: Shell): Command {
  return new Command('cancel')
    .description('cancel an execution; one that runs is stopped by its worker')
    .argument('<id>', 'execution id', positiveInteger('an execution id'))
    .option('-w, --wait', 'wait for the end and print it; exits 0 when it was cancelled, else as it ended')
    .addOption(new Option('--yes', 'it does not ask').hideHelp())
    .option('--timeout <seconds>', 'how long --wait waits, 0 for ever', nonNegativeNumber('a timeout'), 300)
    .action(async (id: number, options: Options) => {
      const session = await shell.open()
      const asked = await dataOf(
        session.client.POST('/api/v1/executions/{id}/cancel', { params: { path: { id } } }),
      )
      if (options.wait === true) {
        const wait = { timeoutMs: options.timeout * 1000, signal: shell.terminal.signal }
        const exit = await follow(session, id, wait)
        return shell.finish(exit === 'cancelled' ? 'ok' : exit)
      }
      session.out.done(asked, executions, ({ status }) =>
        endOf(status) === undefined ? `Execution ${id} is being cancelled.` : `Execution ${id} is cancelled.`,
      )
    })
}
