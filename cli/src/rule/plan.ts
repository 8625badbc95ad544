import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { decisionText } from '../explain/values.ts'
import { positiveInteger } from '../input.ts'
import type { JsonObject } from '../json.ts'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { Branch } from '../output/tree.ts'
import { integer, maybeInteger, row, rows, text } from '../row.ts'
import type { Shell } from '../shell.ts'
import { ruleToTry } from './trial.ts'

type Options = { since?: string; limit?: number; before?: number; enabled?: boolean }

/** `attune rule plan FILE|REF` */
export function rulePlan(shell: Shell): Command {
  return new Command('plan')
    .description('what a changed rule would have done to stored events')
    .argument('<file|ref>', 'rule as YAML or JSON (- for standard input), or a stored rule')
    .option('--since <when>', 'how far back: 7d, 12h, or a moment (default: 7d)')
    .option(
      '-n, --limit <n>',
      'events at most (default: 1000)',
      positiveInteger('a number of events', 10_000),
    )
    .option('--before <event>', 'continue with events before this one', positiveInteger('an event id'))
    .option('--enabled', 'as if the rule were enabled')
    .action(async (given: string, { since, limit, before, enabled }: Options) => {
      const rule = await ruleToTry(given, shell.terminal)
      const { client, out } = await shell.open()
      const plan = await client.post('/api/v1/rules/plan', {
        body: {
          rule: { ...rule, ...(enabled === true ? { enabled } : {}) },
          ...(since === undefined ? {} : { since }),
          ...(limit === undefined ? {} : { limit }),
          ...(before === undefined ? {} : { before }),
        },
      })
      out.tree(plan, given, planTree)
      const next = plan.next
      if (next !== null) out.warn(`Older events are not in this plan; continue with --before ${next}.`)
    })
}

const signs: Readonly<Record<string, readonly [string, Colour]>> = {
  appears: ['+', 'green'],
  disappears: ['-', 'red'],
  fails: ['!', 'yellow'],
}

function planTree(answer: unknown): Branch[] {
  const plan = row<Schemas['RulePlan']>(answer)
  const unlisted = integer(plan, 'unlisted')
  return [
    {
      text: `Rule ${text(plan, 'rule_ref')} over ${integer(plan, 'events')} events since ${when(text(plan, 'since'))}`,
      notes: [
        `enforcements: ${integer(plan, 'appear')} would appear, ${integer(plan, 'disappear')} would disappear, ${integer(plan, 'stay')} stay`,
        `recorded: ${countsOf(row(plan.recorded))}`,
        `planned:  ${countsOf(row(plan.planned))}`,
      ],
      below: rows(plan, 'changes').map(changeOf),
    },
    ...(unlisted > 0 ? [{ text: `${unlisted} more changes are counted and not listed.` }] : []),
  ]
}

function countsOf(counts: JsonObject): string {
  const told = ['matched', 'not_matched', 'disabled', 'error', 'none'].map(
    (name) => `${integer(counts, name)} ${name === 'none' ? 'not asked' : name.replace('_', ' ')}`,
  )
  const deferred = maybeInteger(counts, 'deferred') ?? 0
  return [...told, ...(deferred > 0 ? [`${deferred} deferred to the slow lane`] : [])].join(', ')
}

function changeOf(change: JsonObject): Branch {
  const [sign, colour] = signs[text(change, 'change')] ?? ['?', 'dim']
  const planned =
    change.planned === null || change.planned === undefined ? 'not asked' : decisionText(row(change.planned))
  const config = change.config === null || change.config === undefined ? [] : [JSON.stringify(change.config)]
  return {
    text: `${sign} event ${integer(change, 'event')}, ${when(text(change, 'created'))}: ${planned}`,
    colour,
    notes: config,
  }
}
