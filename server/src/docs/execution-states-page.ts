import {
  executionStatuses,
  type ExecutionStatus,
  isTerminal,
  terminalStatuses,
  transitions,
} from '../domain/flow/execution/status.ts'
import { code, generatedNote, mermaid, page, table } from './markdown.ts'

/** `docs/states/execution.md`: the life of an execution, drawn and as a table. */
export function executionStatesPage(): string {
  return page([
    generatedNote,
    '# The life of an execution',
    'An execution is one run of an action. Every step below is one statement that names the status it starts from (`transitions.ts` and `recovery.ts` in `server/src/domain/flow/execution/`): who comes second changes nothing. A step and the messages that it causes commit together. An end is final; another attempt is another execution that names the first one.',
    diagram(),
    '## Steps',
    table(
      ['from', 'to', 'taken by'],
      transitions.map(([from, to, by]) => [code(from), code(to), by]),
    ),
    '## Statuses',
    table(
      ['status', 'kind'],
      executionStatuses.map((status) => [code(status), kindOf(status)]),
    ),
  ])
}

function diagram(): string {
  const steps = new Map<string, string[]>()
  for (const [from, to, by] of transitions) {
    const step = `${from} --> ${to}`
    steps.set(step, [...(steps.get(step) ?? []), by])
  }
  const drawn = [...steps].map(([step, by]) => `  ${step}: ${by.join(', ')}`)
  const ends = terminalStatuses.filter(isReached).map((status) => `  ${status} --> [*]`)
  return mermaid(['stateDiagram-v2', '  [*] --> requested', ...drawn, ...ends])
}

function kindOf(status: ExecutionStatus): string {
  if (isTerminal(status)) return 'end'
  return status === 'requested' || isReached(status) ? 'live' : 'known to the store; no step leads there'
}

function isReached(status: ExecutionStatus): boolean {
  return transitions.some(([, to]) => to === status)
}
