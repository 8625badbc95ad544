import { type Static, Type } from 'typebox'
import { id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { enforcementStatuses } from '../../flow/enforcement/status.ts'
import { RuleDecision } from '../../definition/matching/decision.ts'
import { executionStatuses } from '../../flow/execution/status.ts'

const milliseconds = nullable(Type.Number({ description: 'Milliseconds.' }))
const why = nullable(Type.String({ description: 'Why nothing follows, or why it ended as it did.' }))

/** The event that everything comes from. */
const TracedEvent = Type.Object(
  {
    id: id('event'),
    asked: Type.Boolean(),
    trigger_ref: Type.String(),
    source_ref: nullable(Type.String()),
    rule_ref: nullable(Type.String({ description: 'The only rule that the event is meant for.' })),
    created: timestamp,
    decided: Type.Boolean({ description: 'Whether the rules of its trigger were asked.' }),
    decided_at: nullable(timestamp),
    decided_after_ms: milliseconds,
    why,
  },
  { title: 'TracedEvent' },
)

/** One rule that fired for the event. */
const TracedEnforcement = Type.Object(
  {
    id: id('enforcement'),
    rule: nullable(id('rule')),
    rule_ref: Type.String(),
    status: oneOf(enforcementStatuses),
    created: timestamp,
    resolved_at: nullable(timestamp),
    resolved_after_ms: milliseconds,
    why,
  },
  { title: 'TracedEnforcement' },
)

const Hop = Type.Object({
  status: Type.String(),
  at: timestamp,
  after_ms: nullable(Type.Number({ description: 'Milliseconds since the step before.' })),
})

const Placement = Type.Object({
  worker: nullable(Type.String({ description: 'The worker that would be taken now.' })),
  reason: nullable(Type.String({ description: 'The filter that left no worker.' })),
  message: Type.String(),
  removed: Type.Array(Type.Object({ worker: Type.String(), filter: Type.String(), why: Type.String() })),
})

/** One run, or the wait for it. Those below it (tries, children) follow it with a greater depth. */
export const TracedExecution = Type.Object(
  {
    id: id('execution'),
    asked: Type.Boolean(),
    depth: Type.Integer(),
    action_ref: Type.String(),
    status: oneOf(executionStatuses),
    enforcement: nullable(id('enforcement')),
    parent: nullable(id('execution')),
    original_execution: nullable(id('execution')),
    retry_count: Type.Integer(),
    max_retries: nullable(Type.Integer()),
    attempt: Type.Integer(),
    worker: nullable(id('worker')),
    worker_name: nullable(Type.String()),
    created: timestamp,
    started_at: nullable(timestamp),
    ended_at: nullable(timestamp),
    total_ms: milliseconds,
    hops: Type.Array(Hop, { description: 'Its steps from its history, oldest first.' }),
    why,
    placement: Type.Optional(Placement),
  },
  { title: 'TracedExecution' },
)
export type TracedExecution = Static<typeof TracedExecution>

/** A message of this flow that was said and not yet heard. */
export const WaitingMessage = Type.Object(
  {
    type: Type.String(),
    stage: oneOf(['queue', 'outbox']),
    queue: nullable(Type.String()),
    event: nullable(id('event')),
    enforcement: nullable(id('enforcement')),
    execution: nullable(id('execution')),
    attempt: Type.Integer(),
    created: timestamp,
    due_at: timestamp,
    last_error: nullable(Type.String()),
  },
  { title: 'WaitingMessage' },
)
export type WaitingMessage = Static<typeof WaitingMessage>

/** A message of this flow that nobody could handle. */
export const TracedLetter = Type.Object(
  {
    id: id('dead_letter'),
    type: Type.String(),
    queue: Type.String(),
    event: nullable(id('event')),
    enforcement: nullable(id('enforcement')),
    execution: nullable(id('execution')),
    attempts: Type.Integer(),
    error: Type.String(),
    created: timestamp,
  },
  { title: 'TracedLetter' },
)
export type TracedLetter = Static<typeof TracedLetter>

/** Everything that came of an event, or of an execution that somebody asked for. */
export const Trace = Type.Object(
  {
    asked: Type.Object({ kind: oneOf(['event', 'execution']), id: Type.Integer() }),
    correlation_id: nullable(Type.String()),
    event: nullable(TracedEvent),
    rules: Type.Array(RuleDecision),
    enforcements: Type.Array(TracedEnforcement),
    executions: Type.Array(TracedExecution, { description: 'Depth first.' }),
    messages: Type.Array(WaitingMessage),
    dead_letters: Type.Array(TracedLetter),
    withheld: Type.Array(
      Type.Object({
        section: Type.String(),
        permission: Type.String(),
        partly: Type.Optional(Type.Boolean({ description: 'Only what the grants do not cover.' })),
      }),
      { description: 'What is left out because the caller may not read it.' },
    ),
    truncated: Type.Boolean({ description: 'There is more than 1000 nodes; the rest is left out.' }),
  },
  { title: 'Trace' },
)
export type Trace = Static<typeof Trace>
