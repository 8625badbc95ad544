import { executionStatuses, isTerminal } from '../domain/flow/execution/status.ts'
import { findStuck, type StuckStatus } from '../domain/flow/execution/overdue.ts'
import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import type { Limits } from './limits.ts'
import type { Sweep } from './sweep.ts'

const correlationOf = (status: string) => `supervisor:stuck-runtime:execution:${status}`

/** The net below all other sweeps: tells of executions that stay where they are although those look after them. */
export function reportStuck({ interval_seconds, stuck_execution_seconds }: Limits): Sweep {
  return {
    name: 'report_stuck',
    interval_seconds: Math.max(interval_seconds, Math.min(60, stuck_execution_seconds)),
    async run(tx) {
      const stuck = await findStuck(tx, stuck_execution_seconds)
      const seen = new Set<string>(stuck.map(({ status }) => status))
      return {
        done: 0,
        sightings: stuck.map((one) => sightingOf(one, stuck_execution_seconds)),
        cleared: executionStatuses
          .filter((status) => !isTerminal(status) && !seen.has(status))
          .map(correlationOf),
      }
    },
  }
}

function sightingOf({ status, count, oldest, oldest_seconds }: StuckStatus, limit: number): AlertOccurrence {
  return {
    correlation_id: correlationOf(status),
    severity: 'warning',
    category: 'maintenance',
    failure_type: 'stuck_runtime_state',
    component_type: 'execution',
    component_id: oldest,
    summary: `${count} executions have been ${status} for more than ${limit} s; the oldest is ${oldest}. Look at it with \`attune execution get ${oldest}\`.`,
    details: { status, count, oldest_seconds: Math.round(oldest_seconds), threshold_seconds: limit },
  }
}
