import type { Enforcement } from '../src/domain/flow/enforcement/enforcement.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'

/* Messages as they are said of rows that a test has made. */

export function enforcementCreated(
  enforcement: Pick<Enforcement, 'id' | 'rule' | 'rule_ref' | 'event' | 'trigger_ref'>,
) {
  return {
    enforcement_id: enforcement.id,
    rule_id: enforcement.rule,
    rule_ref: enforcement.rule_ref,
    event_id: enforcement.event,
    trigger_ref: enforcement.trigger_ref,
    payload: {},
  }
}

export function executionRequested({
  id,
  action,
  action_ref,
}: Pick<Execution, 'id' | 'action' | 'action_ref'>) {
  return {
    execution_id: id,
    action_id: action,
    action_ref,
    parent_id: null,
    enforcement_id: null,
    config: null,
  }
}
