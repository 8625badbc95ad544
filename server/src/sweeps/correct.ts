import type { Execution } from '../domain/flow/execution/execution.ts'
import type { ExecutionStatus } from '../domain/flow/execution/status.ts'
import type { SweepCorrection } from './sweep.ts'

/** What the audit keeps of executions that a sweep moved. */
export function correctedExecutions(
  moved: readonly Pick<Execution, 'id' | 'action_ref' | 'status'>[],
  from: ExecutionStatus,
): SweepCorrection[] {
  return moved.map(({ id, action_ref, status }) => ({
    resource_type: 'execution',
    resource_id: id,
    resource_ref: 'stale_execution_reconciled',
    details: { action_ref, previous_status: from, new_status: status },
  }))
}
