import type { JsonObject } from '../../json.ts'
import { networkOf } from '../caller/client-network.ts'
import type { AuditOutcome } from './audit-event.ts'
import type { AuditEntry } from './record.ts'
import { outcomeOf } from './request-rows.ts'

/** A request of which it is not known whose it is. */
export type AnonymousRequest = {
  client_ip: string
  /** Undefined when its client left before the answer. */
  status: number | undefined
}

/** Networks that get a row of their own; the rest of a minute share one. */
const MAX_NETWORKS = 256

/**
 * Counts the requests of strangers by address, or network of IPv6, and outcome. However many come from however many
 * places, they are so few rows.
 */
export type AnonymousCounts = {
  count(request: AnonymousRequest): void
  /** What was counted since it was last taken. */
  take(): AuditEntry[]
}

type Counted = { since: string; network: string | undefined; outcome: AuditOutcome; statuses: JsonObject }

export function createAnonymousCounts(): AnonymousCounts {
  let networks = new Set<string>()
  let counted = new Map<string, Counted & { requests: number }>()
  return {
    count({ client_ip, status }) {
      const outcome = outcomeOf(status)
      const own = networkOf(client_ip)
      const network = networks.has(own) || networks.size < MAX_NETWORKS ? own : undefined
      if (network !== undefined) networks.add(network)
      const key = `${outcome} ${network}`
      const found = counted.get(key) ?? startedNow(network, outcome)
      const name = String(status ?? 'unanswered')
      found.requests += 1
      found.statuses[name] = Number(found.statuses[name] ?? 0) + 1
      counted.set(key, found)
    },
    take() {
      const entries = [...counted.values()].map(rowOf)
      networks = new Set()
      counted = new Map()
      return entries
    },
  }
}

function startedNow(network: string | undefined, outcome: AuditOutcome): Counted & { requests: number } {
  return { since: new Date().toISOString(), network, outcome, statuses: {}, requests: 0 }
}

function rowOf({ since, network, outcome, statuses, requests }: Counted & { requests: number }): AuditEntry {
  return {
    created: since,
    category: 'api',
    event_type: `api.strangers.${outcome}`,
    outcome,
    ...(network === undefined ? {} : { actor_ip: network.includes('.') ? network : `${network}::/64` }),
    requests,
    details: { statuses, until: new Date().toISOString() },
  }
}
