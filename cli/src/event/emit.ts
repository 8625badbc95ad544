import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { jsonOption } from '../input.ts'
import type { JsonObject } from '../json.ts'
import type { Shell } from '../shell.ts'
import { events } from './event.ts'

type Options = { payload?: string; dedupeKey?: string }

/** `attune event emit TRIGGER_REF`: makes an event, as a sensor would. */
export function eventEmit(shell: Shell): Command {
  return new Command('emit')
    .description('make an event of a trigger; rules that match it run')
    .argument('<trigger-ref>', 'trigger, like core.webhook')
    .option('--payload <json>', 'payload as JSON, or @file, or - for standard input')
    .option('--dedupe-key <key>', 'an event of this trigger with the same key is made once')
    .action(async (triggerRef: string, options: Options) => {
      const body: JsonObject = { trigger_ref: triggerRef }
      if (options.payload !== undefined)
        body.payload = await jsonOption(options.payload, '--payload', shell.terminal)
      if (options.dedupeKey !== undefined) body.dedupe_key = options.dedupeKey
      const { client, out } = await shell.open()
      const created = await dataOf(client.POST('/api/v1/events', { body }))
      out.done(created, events, ({ id, trigger_ref }) => `Event ${id} of ${trigger_ref} is made.`)
    })
}
