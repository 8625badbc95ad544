import type { Sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { mentions, type Permission, permits } from '../../caller/permission.ts'
import { targetColumns as ofEnforcement } from '../../flow/enforcement/list.ts'
import { columns as ofEvent, mayKnowRule } from '../../flow/event/list.ts'
import { readableExecutions, readsAll } from '../../flow/execution/visibility.ts'
import { allowedRows } from '../../caller/scope.ts'
import type { Trace } from './trace.ts'

/** What of a trace a grant opens. */
const sections = {
  event: ['events', 'read'],
  enforcements: ['enforcements', 'read'],
  executions: ['executions', 'read'],
  placement: ['workers', 'read'],
  dead_letters: ['dead_letters', 'read'],
} as const satisfies Record<string, Permission>

export type TraceSection = keyof typeof sections

/** What the caller may see: which sections at all, and which rows of those whose grants may be constrained. */
export type TraceVisibility = {
  sees(section: TraceSection): boolean
  /** Conditions on a row `e` of each table. */
  readable: { event: Sql; enforcements: Sql; executions: Sql }
  knowsRule(rule: { id: number; ref: string }): boolean
  /** Whether an id that stands beside an execution is told although its row is not shown. */
  tellsOrigins: boolean
  /** The sections that are not seen, and `partly` those of which a row was hidden. */
  withheld(hidden: readonly TraceSection[]): Trace['withheld']
}

export function traceVisibilityOf(caller: Caller): TraceVisibility {
  const grants = 'grants' in caller ? caller.grants : []
  const own = caller.kind === 'execution'
  const sees = (section: TraceSection) => {
    const permission = sections[section]
    if (section === 'placement' || section === 'dead_letters') return permits(grants, permission)
    return mentions(grants, permission) || (section === 'executions' && own)
  }
  return {
    sees,
    readable: {
      event: allowedRows(caller, sections.event, ofEvent),
      enforcements: allowedRows(caller, sections.enforcements, ofEnforcement),
      executions: readableExecutions(caller),
    },
    knowsRule: mayKnowRule(caller),
    tellsOrigins: readsAll(caller),
    withheld: (hidden) =>
      sectionNames.flatMap((section) => {
        const permission = sections[section].join(':')
        if (!sees(section)) return [{ section, permission }]
        return hidden.includes(section) ? [{ section, permission, partly: true }] : []
      }),
  }
}

const sectionNames = [
  'event',
  'enforcements',
  'executions',
  'placement',
  'dead_letters',
] as const satisfies TraceSection[]
