import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { when } from '../output/time.ts'
import type { Branch } from '../output/tree.ts'
import type { Shell } from '../shell.ts'
import { decisionText } from './values.ts'

type Account = Schemas['RuleAccount']
type Options = { limit?: number; since?: string }

/** `attune explain rule REF` */
export function explainRule(shell: Shell): Command {
  return new Command('rule')
    .description('why a rule fires or does not, and what it did with the last events')
    .argument('<ref>', 'rule, like demo.on_deploy')
    .option(
      '-n, --limit <n>',
      'last events to show (default: 10)',
      positiveInteger('a number of events', 100),
    )
    .option('--since <when>', 'period that is counted: 7d, 12h, or a moment (default: 24h)')
    .action(async (ref: string, { limit, since }: Options) => {
      const { client, out } = await shell.open()
      out.tree(
        await dataOf(
          client.GET('/api/v1/rules/{ref}/explain', { params: { path: { ref }, query: { limit, since } } }),
        ),
        ref,
        accountTree,
      )
    })
}

function accountTree({ rule, trigger, action, verdict, period, last }: Account): Branch[] {
  const { ref, version, enabled, last_error, last_error_at } = rule
  const fires = verdict.length === 0
  const error: Branch[] =
    last_error === null ? [] : [{ text: `Last error, ${when(last_error_at)}: ${last_error}`, colour: 'red' }]
  return [
    {
      text: `Rule ${ref} (version ${version}) is ${enabled ? 'enabled' : 'disabled'}`,
      colour: fires ? 'green' : 'yellow',
      notes: fires ? ['Nothing keeps it from firing.'] : verdict,
      below: [
        targetOf('Trigger', trigger),
        targetOf('Action', action),
        ...error,
        periodOf(period),
        { text: 'Last events of its trigger', below: last.map(lastOf) },
      ],
    },
  ]
}

function targetOf(kind: string, { ref, exists, enabled }: Account['trigger']): Branch {
  const state = exists ? (enabled ? 'exists' : 'is disabled') : 'does not exist'
  return { text: `${kind} ${ref} ${state}` }
}

const counted = ['matched', 'not_matched', 'disabled', 'error', 'not_considered', 'undecided'] as const

function periodOf(period: Account['period']): Branch {
  const counts = counted.map((name) => `${period[name]} ${name.replace('_', ' ')}`)
  if (period.deferred > 0) counts.push(`${period.deferred} deferred to the slow lane`)
  const capped = period.capped ? ' newest' : ''
  return { text: `Since ${when(period.since)}: ${period.events}${capped} events, ${counts.join(', ')}` }
}

function lastOf({ event, created, decided, bound, recorded }: Account['last'][number]): Branch {
  const why = !decided ? 'not decided yet' : bound ? 'meant for another rule' : 'this rule was not there'
  const outcome = recorded === null ? why : decisionText(recorded)
  return { text: `Event ${event}, ${when(created)}: ${outcome}` }
}
