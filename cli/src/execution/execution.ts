import type { Schemas } from '@attune/client/dist/requests.js'
import type { Exit } from '../exit.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Colour } from '../output/paint.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { Section, SummaryOrDetail, View } from '../output/view.ts'

/** Every status: its colour, and for those that end an execution how the follower's process ends. */
const statusTable = {
  requested: { colour: 'dim', exit: undefined },
  scheduling: { colour: 'dim', exit: undefined },
  scheduled: { colour: 'dim', exit: undefined },
  running: { colour: 'cyan', exit: undefined },
  completed: { colour: 'green', exit: 'ok' },
  failed: { colour: 'red', exit: 'failed' },
  canceling: { colour: 'yellow', exit: undefined },
  cancelled: { colour: 'yellow', exit: 'cancelled' },
  timeout: { colour: 'red', exit: 'failed' },
  abandoned: { colour: 'red', exit: 'failed' },
} as const satisfies Record<Status, { colour: Colour; exit: Exit | undefined }>

type Execution = SummaryOrDetail<Schemas['ExecutionSummary'], Schemas['ExecutionDetail']>
export type Status = Execution['status']

export const statuses = Object.keys(statusTable)

export const executions: View<Execution> = {
  key: 'id',
  columns: [
    ['ID', 'id', 'list'],
    ['Execution ID', 'id', 'details'],
    ['Action', 'action_ref'],
    ['Status', statusCell, 'details'],
    ['Rule', ({ rule_ref }) => rule_ref ?? undefined],
    ['Trigger', ({ trigger_ref }) => trigger_ref ?? undefined],
    ['Status', statusCell, 'list'],
    ['Enforcement ID', ({ enforcement }) => enforcement ?? undefined, 'details'],
    ['Parent ID', ({ parent }) => parent ?? undefined, 'details'],
    ['Retry of', ({ original_execution }) => original_execution ?? undefined, 'details'],
    ['Created', ({ created }) => when(created)],
    ['Started', ({ started_at }) => when(started_at) || undefined, 'details'],
    ['Updated', ({ updated }) => when(updated), 'details'],
  ],
  sections,
}

/** How following this execution ends the process; undefined while it is not at its end. */
export function endOf(status: string): Exit | undefined {
  return entryOf(status)?.exit
}

/** The output of the action: what the worker recorded, or nothing. */
export function stdoutOf({ result }: Pick<Execution, 'result'>): string | undefined {
  return isJsonObject(result) && typeof result.stdout === 'string' ? result.stdout : undefined
}

/** Output is shown as text, so it is left out of the result, where it would be one long escaped line. */
function sections(execution: Execution): Section[] {
  const { config, result } = execution
  return [
    { title: 'Parameters', value: config ?? undefined },
    { title: 'Stdout', log: stdoutOf(execution) },
    { title: 'Result', value: (isJsonObject(result) ? withoutStdout(result) : result) ?? undefined },
  ]
}

function withoutStdout(result: JsonObject): JsonObject {
  const { stdout, ...rest } = result
  return typeof stdout === 'string' ? rest : result
}

function statusCell({ status }: Execution): Cell {
  const entry = entryOf(status)
  return entry === undefined ? status : { text: status, colour: entry.colour }
}

/** A newer server may have statuses that are not known here. */
function entryOf(status: string): { colour: Colour; exit: Exit | undefined } | undefined {
  return new Map(Object.entries(statusTable)).get(status)
}
