import type { Schemas } from '@attune/client/dist/requests.js'
import type { Exit } from '../exit.ts'
import { isJsonObject, type Json } from '../json.ts'
import type { Colour } from '../output/paint.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { Section, View } from '../output/view.ts'
import { integer, json, maybeInteger, maybeText, row, text } from '../row.ts'

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
} as const satisfies Record<string, { colour: Colour; exit: Exit | undefined }>

export type Status = keyof typeof statusTable
export const statuses = Object.keys(statusTable)

export type Execution = {
  id: number
  action_ref: string
  status: string
  parent: number | undefined
  enforcement: number | undefined
  rule_ref: string | undefined
  trigger_ref: string | undefined
  original_execution: number | undefined
  started_at: string | undefined
  created: string
  updated: string
  config: Json
  result: Json
}

export const executions: View<Execution> = {
  read(value) {
    const execution = row<Schemas['ExecutionDetail']>(value)
    return {
      id: integer(execution, 'id'),
      action_ref: text(execution, 'action_ref'),
      status: text(execution, 'status'),
      parent: maybeInteger(execution, 'parent'),
      enforcement: maybeInteger(execution, 'enforcement'),
      rule_ref: maybeText(execution, 'rule_ref'),
      trigger_ref: maybeText(execution, 'trigger_ref'),
      original_execution: maybeInteger(execution, 'original_execution'),
      started_at: maybeText(execution, 'started_at'),
      created: text(execution, 'created'),
      updated: text(execution, 'updated'),
      config: json(execution, 'config'),
      result: json(execution, 'result'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Action', ({ action_ref }) => action_ref],
    ['Rule', ({ rule_ref }) => rule_ref ?? ''],
    ['Trigger', ({ trigger_ref }) => trigger_ref ?? ''],
    ['Status', ({ status }) => statusCell(status)],
    ['Created', ({ created }) => when(created)],
  ],
  details,
  sections,
}

/** How following this execution ends the process; undefined while it is not at its end. */
export function endOf(status: string): Exit | undefined {
  return entryOf(status)?.exit
}

/** The output of the action: what the worker recorded, or nothing. */
export function stdoutOf({ result }: Execution): string | undefined {
  return isJsonObject(result) && typeof result.stdout === 'string' ? result.stdout : undefined
}

function details(execution: Execution): [string, Cell][] {
  const rows: [string, Cell | undefined][] = [
    ['Execution ID', String(execution.id)],
    ['Action', execution.action_ref],
    ['Status', statusCell(execution.status)],
    ['Rule', execution.rule_ref],
    ['Trigger', execution.trigger_ref],
    ['Enforcement ID', execution.enforcement?.toString()],
    ['Parent ID', execution.parent?.toString()],
    ['Retry of', execution.original_execution?.toString()],
    ['Created', when(execution.created)],
    ['Started', execution.started_at === undefined ? undefined : when(execution.started_at)],
    ['Updated', when(execution.updated)],
  ]
  return rows.flatMap(([title, cell]): [string, Cell][] => (cell === undefined ? [] : [[title, cell]]))
}

/** Output is shown as text, so it is left out of the result, where it would be one long escaped line. */
function sections(execution: Execution): Section[] {
  const { config, result } = execution
  const stdout = stdoutOf(execution)
  const rest = isJsonObject(result) ? withoutStdout(result) : result
  return [
    ...(config === null ? [] : [{ title: 'Parameters', value: config }]),
    ...(stdout === undefined ? [] : [{ title: 'Stdout', log: stdout }]),
    ...(rest === null ? [] : [{ title: 'Result', value: rest }]),
  ]
}

function withoutStdout(result: { [key: string]: Json }): Json {
  const { stdout, ...rest } = result
  return typeof stdout === 'string' ? rest : result
}

function statusCell(status: string): Cell {
  const entry = entryOf(status)
  return entry === undefined ? status : { text: status, colour: entry.colour }
}

function entryOf(status: string): { colour: Colour; exit: Exit | undefined } | undefined {
  return new Map(Object.entries(statusTable)).get(status)
}
