import type { Tally } from './assault.ts'
import type { Campaign } from './campaign.ts'
import type { Speed } from './measure.ts'

/** How many times the quiet p99 the one under attack is. */
function slowdown({ quiet, attacked }: Pick<Campaign, 'quiet' | 'attacked'>): number {
  return quiet.p99_ms === 0 ? Number.POSITIVE_INFINITY : attacked.p99_ms / quiet.p99_ms
}

export function isTooSlow(campaign: Campaign): boolean {
  return campaign.attacked.count === 0 || slowdown(campaign) > campaign.options.factor
}

/** Violations that are printed; there are often hundreds of the same kind. */
const SHOWN = 20

/** A campaign as lines for a person. */
export function linesOf(campaign: Campaign): string {
  const { options, violations, notes, tallies, events, folder } = campaign
  const ratio = slowdown(campaign).toFixed(2)
  return [
    `hostile campaign over ${options.transport}, seed ${options.seed}: ${events} events, ${options.each} of each role, ${options.seconds} s quiet and ${options.seconds} s under attack`,
    `  accepted event → recorded end: ${told(campaign.quiet)} quiet, ${told(campaign.attacked)} under attack: p99 × ${ratio}, at most × ${options.factor}`,
    `  request → answer: ${told(campaign.quiet_answers)} quiet, ${told(campaign.attacked_answers)} under attack`,
    `  under attack: ${campaign.attacked_stretches.map(({ stretch, speed }) => `${stretch} ${told(speed)}`).join(', ')}`,
    ...tallies.toSorted(byName).map(line),
    ...notes.map((note) => `  note: ${note}`),
    ...violations.slice(0, SHOWN).map(({ kind, what }) => `  ${kind}: ${what}`),
    ...(violations.length > SHOWN ? [`  … and ${violations.length - SHOWN} more`] : []),
    ...(violations.length > 0 ? [`  logs: ${folder}`] : []),
    `${violations.length} violations, ${isTooSlow(campaign) ? 'too slow' : 'fast enough'}`,
  ].join('\n')
}

const told = ({ p50_ms, p99_ms, count }: Speed) => `p50 ${p50_ms} ms, p99 ${p99_ms} ms (${count})`

const byName = (a: Tally, b: Tally) => `${a.role} ${a.attack}`.localeCompare(`${b.role} ${b.attack}`)

function line({ role, attack, times, answers }: Tally): string {
  const said = Object.entries(answers).map(([status, count]) => `${status} × ${count}`)
  return `  ${role}: ${attack} × ${times}${said.length > 0 ? `: ${said.join(', ')}` : ''}`
}
