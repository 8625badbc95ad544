import { Command, Option } from 'commander'
import { positiveInteger } from '../input.ts'
import { logWriter } from '../output/log-text.ts'
import type { Session, Shell } from '../shell.ts'
import { type LogStream, readLog } from './read-log.ts'

type Options = { stream: 'both' | LogStream; follow?: boolean }

/** `attune execution logs ID`: what the action wrote, its stdout on stdout and its stderr on stderr. */
export function executionLogs(shell: Shell): Command {
  return new Command('logs')
    .description('print the output of an execution: its stdout on stdout, its stderr on stderr')
    .argument('<id>', 'execution id', positiveInteger('an execution id'))
    .addOption(
      new Option('--stream <stream>', 'which output').choices(['stdout', 'stderr', 'both']).default('both'),
    )
    .option('-f, --follow', 'go on until the execution has ended')
    .action(async (id: number, { stream, follow = false }: Options) => {
      const session = await shell.open()
      const streams: LogStream[] = stream === 'both' ? ['stdout', 'stderr'] : [stream]
      if (session.out.format === 'table') await printLogs(shell, session, { id, streams, follow })
      else await printDocument(shell, session, { id, streams, follow })
    })
}

type Wanted = { id: number; streams: LogStream[]; follow: boolean }

/** Asked for one stream alone, it is the data and goes to stdout whatever its name is. */
async function printLogs(
  { terminal }: Shell,
  { client }: Session,
  { id, streams, follow }: Wanted,
): Promise<void> {
  await Promise.all(
    streams.map(async (stream) => {
      const writer = logWriter(streams.length === 1 ? terminal.stdout : terminal[stream])
      for await (const text of readLog(client, { id, stream, follow, signal: terminal.signal }))
        writer.write(text)
      writer.end()
    }),
  )
}

async function printDocument({ terminal }: Shell, { client, out }: Session, wanted: Wanted): Promise<void> {
  const logs = wanted.streams.map(async (stream) => {
    let log = ''
    for await (const text of readLog(client, { ...wanted, stream, signal: terminal.signal })) log += text
    return [stream, log] as const
  })
  out.value(Object.fromEntries(await Promise.all(logs)))
}
