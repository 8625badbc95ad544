import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { JsonObject } from '../json.ts'
import { when } from '../output/time.ts'
import type { Branch } from '../output/tree.ts'
import { flag, integer, maybeInteger, maybeText, row, rows, text, texts } from '../row.ts'
import type { Shell } from '../shell.ts'
import { decisionText } from './values.ts'

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
        await client.get('/api/v1/rules/{ref}/explain', { path: { ref }, query: { limit, since } }),
        ref,
        accountTree,
      )
    })
}

function accountTree(answer: unknown): Branch[] {
  const account = row<Schemas['RuleAccount']>(answer)
  const rule = row(account.rule)
  const verdict = texts(account, 'verdict')
  const error = maybeText(rule, 'last_error')
  return [
    {
      text: `Rule ${text(rule, 'ref')} (version ${integer(rule, 'version')}) is ${flag(rule, 'enabled') ? 'enabled' : 'disabled'}`,
      colour: verdict.length === 0 ? 'green' : 'yellow',
      notes: verdict.length === 0 ? ['Nothing keeps it from firing.'] : verdict,
      below: [
        targetOf('Trigger', row(account.trigger)),
        targetOf('Action', row(account.action)),
        ...(error === undefined
          ? []
          : [
              {
                text: `Last error, ${when(maybeText(rule, 'last_error_at'))}: ${error}`,
                colour: 'red' as const,
              },
            ]),
        periodOf(row(account.period)),
        { text: 'Last events of its trigger', below: rows(account, 'last').map(lastOf) },
      ],
    },
  ]
}

function targetOf(kind: string, target: JsonObject): Branch {
  const state = flag(target, 'exists')
    ? flag(target, 'enabled')
      ? 'exists'
      : 'is disabled'
    : 'does not exist'
  return { text: `${kind} ${text(target, 'ref')} ${state}` }
}

function periodOf(period: JsonObject): Branch {
  const names = ['matched', 'not_matched', 'disabled', 'error', 'not_considered', 'undecided']
  const counts = names.map((name) => `${integer(period, name)} ${name.replace('_', ' ')}`)
  const deferred = maybeInteger(period, 'deferred') ?? 0
  if (deferred > 0) counts.push(`${deferred} deferred to the slow lane`)
  const capped = flag(period, 'capped') ? ' newest' : ''
  return {
    text: `Since ${when(text(period, 'since'))}: ${integer(period, 'events')}${capped} events, ${counts.join(', ')}`,
  }
}

function lastOf(last: JsonObject): Branch {
  const decision = last.recorded
  const told =
    decision !== null && decision !== undefined
      ? decisionText(row(decision))
      : !flag(last, 'decided')
        ? 'not decided yet'
        : flag(last, 'bound')
          ? 'meant for another rule'
          : 'this rule was not there'
  return { text: `Event ${integer(last, 'event')}, ${when(text(last, 'created'))}: ${told}` }
}
