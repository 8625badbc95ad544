import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { decisionText } from '../explain/values.ts'
import { positiveInteger } from '../input.ts'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { Branch } from '../output/tree.ts'
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
      const plan = await dataOf(
        client.POST('/api/v1/rules/plan', {
          body: {
            rule: { ...rule, ...(enabled === true ? { enabled } : {}) },
            ...(since === undefined ? {} : { since }),
            ...(limit === undefined ? {} : { limit }),
            ...(before === undefined ? {} : { before }),
          },
        }),
      )
      out.tree(plan, given, planTree)
      const { next } = plan
      if (next !== null) out.warn(`Older events are not in this plan; continue with --before ${next}.`)
    })
}

type Plan = Schemas['RulePlan']

const signs: Readonly<Record<Plan['changes'][number]['change'], readonly [string, Colour]>> = {
  appears: ['+', 'green'],
  disappears: ['-', 'red'],
  fails: ['!', 'yellow'],
}

function planTree(plan: Plan): Branch[] {
  const { rule_ref, events, since, appear, disappear, stay, recorded, planned, changes, unlisted } = plan
  return [
    {
      text: `Rule ${rule_ref} over ${events} events since ${when(since)}`,
      notes: [
        `enforcements: ${appear} would appear, ${disappear} would disappear, ${stay} stay`,
        `recorded: ${countsOf(recorded)}`,
        `planned:  ${countsOf(planned)}`,
      ],
      below: changes.map(changeOf),
    },
    ...(unlisted > 0 ? [{ text: `${unlisted} more changes are counted and not listed.` }] : []),
  ]
}

function countsOf({ matched, not_matched, disabled, error, none, deferred }: Plan['recorded']): string {
  const counts = `${matched} matched, ${not_matched} not matched, ${disabled} disabled, ${error} error, ${none} not asked`
  return deferred > 0 ? `${counts}, ${deferred} deferred to the slow lane` : counts
}

function changeOf({ change, event, created, planned, config }: Plan['changes'][number]): Branch {
  const [sign, colour] = signs[change]
  return {
    text: `${sign} event ${event}, ${when(created)}: ${planned === null ? 'not asked' : decisionText(planned)}`,
    colour,
    notes: config === null ? [] : [JSON.stringify(config)],
  }
}
