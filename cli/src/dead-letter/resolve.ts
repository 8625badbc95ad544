import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { type Command, Option } from 'commander'
import type { Api } from '@attune/client/dist/api.js'
import { Failure } from '../failure.ts'
import { positiveInteger } from '../input.ts'
import type { Session } from '../shell.ts'
import { deadLetters, type Reason, reasons, resolution } from './dead-letter.ts'

export type Selection = Filter & { all?: boolean }

export type Filter = { queue?: string; type?: string; reason?: Reason }

/** Which letters: some by id, or every open one that a filter names. */
export type Chosen = { kind: 'ids'; ids: number[] } | { kind: 'filter'; filter: Filter }

/** Adds what selects letters. */
export function selecting(command: Command): Command {
  return command
    .argument('[ids...]', 'dead letter ids')
    .option('--queue <name>', 'every open one of this queue, with --all')
    .option('--type <type>', 'every open one of this type of message, with --all')
    .addOption(
      new Option('--reason <reason>', 'every open one with this reason, with --all').choices(reasons),
    )
    .option('--all', 'every open one that the filter names, however many')
}

/** A filter without --all, or --all without a filter, is more likely a slip than a wish. */
export function chosenOf(texts: readonly string[], { queue, type, reason, all }: Selection): Chosen {
  const filter = {
    ...(queue === undefined ? {} : { queue }),
    ...(type === undefined ? {} : { type }),
    ...(reason === undefined ? {} : { reason }),
  }
  const filtered = Object.keys(filter).length > 0
  if (texts.length > 0) {
    if (filtered || all === true) throw new Failure('usage', 'Give ids or a filter, not both.')
    return { kind: 'ids', ids: texts.map(positiveInteger('a dead letter id')) }
  }
  if (!filtered) throw new Failure('usage', 'Say which: ids, or --all with --queue, --type or --reason.')
  if (all !== true)
    throw new Failure('usage', 'A filter names every open letter that matches; add --all to mean it.')
  return { kind: 'filter', filter }
}

/** Resolves what was chosen and says what became of it. Ends with a failure when a letter of a filter was refused. */
export async function resolveChosen(
  { client, out }: Session,
  chosen: Chosen,
  verb: 'replay' | 'discard',
): Promise<void> {
  if (chosen.kind === 'ids') {
    for (const id of chosen.ids)
      out.done(
        await dataOf(client.POST(`/api/v1/dead-letters/{id}/${verb}`, { params: { path: { id } } })),
        deadLetters,
        resolution,
      )
    return
  }
  const { resolved, refused } = await resolveAll(client, chosen.filter, verb)
  const done = verb === 'replay' ? 'replayed' : 'discarded'
  out.outcome({ resolved, refused }, `${resolved} dead letters are ${done}.`)
  if (refused.length > 0)
    throw new Failure(
      'refused',
      `${refused.length} dead letters were refused and stay open.`,
      refused.map(({ id, error }) => ({ field: String(id), message: error })),
    )
}

type Outcome = Schemas['DeadLetterOutcome']

/** Calls until nothing more matches. A call that resolves nothing would find the same letters again. */
async function resolveAll(client: Api, filter: Filter, verb: 'replay' | 'discard'): Promise<Outcome> {
  let resolved = 0
  for (;;) {
    const outcome = await dataOf(client.POST(`/api/v1/dead-letters/${verb}`, { body: { filter } }))
    resolved += outcome.resolved
    if (!outcome.more || outcome.resolved === 0) return { ...outcome, resolved }
  }
}
