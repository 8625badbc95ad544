import type { Api } from '@attune/client/dist/api.js'
import { Command, Option } from 'commander'
import { Failure } from '../failure.ts'
import { positiveInteger } from '../input.ts'
import { logWriter } from '../output/log-text.ts'
import type { Session, Shell } from '../shell.ts'
import { inOrder, type OutputItem } from './in-order.ts'
import { type LogRequest, type LogStream, readLog, readLogBytes, readTimedLog } from './read-log.ts'

type Options = { stream: 'both' | LogStream; follow?: boolean; raw?: boolean }

/** `attune execution logs ID`: what the action wrote, its stdout on stdout and its stderr on stderr. */
export function executionLogs(shell: Shell): Command {
  return new Command('logs')
    .description('print the output of an execution: its stdout on stdout, its stderr on stderr')
    .argument('<id>', 'execution id', positiveInteger('an execution id'))
    .addOption(
      new Option('--stream <stream>', 'which output').choices(['stdout', 'stderr', 'both']).default('both'),
    )
    .option('-f, --follow', 'go on until the execution has ended')
    .option(
      '--raw',
      'print the very bytes, also on a terminal; without it line breaks are all \\n, and what is no UTF-8 is replaced',
    )
    .action(async (id: number, { stream, follow = false, raw = false }: Options) => {
      const session = await shell.open()
      const streams: LogStream[] = stream === 'both' ? ['stdout', 'stderr'] : [stream]
      const wanted = { id, streams, follow }
      if (raw && session.out.format !== 'table')
        throw new Failure(
          'usage',
          'A document holds text and no bytes: leave out --raw, or --json and --yaml.',
        )
      if (raw) await printBytes(shell, session, wanted)
      else if (session.out.format === 'table') await printLogs(shell, session, wanted)
      else await printDocument(shell, session, wanted)
    })
}

type Wanted = { id: number; streams: LogStream[]; follow: boolean }

/** In the order in which they were written, as far as the worker saw it. Asked for one stream alone, it is the data and goes to stdout whatever its name is. */
async function printLogs(
  { terminal }: Shell,
  { client }: Session,
  { id, streams, follow }: Wanted,
): Promise<void> {
  const { signal } = terminal
  const sinkOf = (stream: LogStream) => (streams.length === 1 ? terminal.stdout : terminal[stream])
  const writers = new Map(streams.map((stream) => [stream, logWriter(sinkOf(stream))]))
  const read = streams.length === 1 ? untimed : readTimedLog
  const outputs = new Map(streams.map((stream) => [stream, read(client, { id, stream, follow, signal })]))
  for await (const { name, text } of inOrder(outputs)) writers.get(name)?.write(text)
  for (const writer of writers.values()) writer.end()
}

/** One alone needs no times. */
async function* untimed(client: Api, request: LogRequest): AsyncGenerator<OutputItem> {
  for await (const text of readLog(client, request)) yield { kind: 'text', text, at_ms: 0 }
}

async function printBytes({ terminal }: Shell, { client }: Session, wanted: Wanted): Promise<void> {
  await Promise.all(
    wanted.streams.map(async (stream) => {
      const sink = wanted.streams.length === 1 ? terminal.stdout : terminal[stream]
      const { signal } = terminal
      for await (const bytes of readLogBytes(client, { ...wanted, stream, signal })) sink.write(bytes)
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
