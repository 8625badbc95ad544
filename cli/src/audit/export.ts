import { streamOf } from '@attune/client/dist/answer.js'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import type { Sink } from '../output/log-text.ts'
import type { Shell } from '../shell.ts'
import { type Filter, filtered, queryOf } from './filter.ts'

/** `attune audit export` */
export function auditExport(shell: Shell): Command {
  return filtered(new Command('export'))
    .description('write what was done to standard output, oldest first, one JSON document per line')
    .action(async (filter: Filter) => {
      const { client } = await shell.open()
      const lines = await streamOf(
        client.GET('/api/v1/audit-events/export', {
          params: { query: queryOf(filter) },
          parseAs: 'stream',
          fetch: client.sending({ stream: true }),
        }),
      )
      await copy(lines, shell.terminal.stdout, shell.terminal.signal)
    })
}

/** No faster than it is read on. What breaks off is not the whole, and says so. */
async function copy(lines: ReadableStream<Uint8Array>, sink: Sink, signal: AbortSignal): Promise<void> {
  const decoder = new TextDecoder()
  try {
    for await (const chunk of lines) {
      const taken = sink.write(decoder.decode(chunk, { stream: true }))
      if (taken === false && sink instanceof Writable) await once(sink, 'drain')
    }
  } catch (error) {
    if (signal.aborted) throw error
    throw new Failure('unavailable', 'The export broke off: what was written is not all of it. Try again.')
  }
}
