import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import type { Colour } from '../output/paint.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { Section, View } from '../output/view.ts'
import { integer, json, maybeInteger, maybeText, row, text } from '../row.ts'

const colours: Readonly<Record<string, Colour>> = { open: 'red', replayed: 'green', discarded: 'dim' }

export const statuses = ['open', 'replayed', 'discarded', 'all'] as const
export type Status = (typeof statuses)[number]

/** Why a message was put aside. */
export const reasons = [
  'refused',
  'exhausted',
  'malformed',
  'rejected',
  'expired',
  'maxlen',
  'delivery_limit',
] as const
export type Reason = (typeof reasons)[number]

export type DeadLetter = {
  id: number
  queue: string
  exchange: string
  routing_key: string
  type: string
  reason: string
  error: string
  attempts: number
  status: string
  message_id: string | undefined
  correlation_id: string | undefined
  first_failed_at: string
  last_failed_at: string
  resolved_at: string | undefined
  new_execution: number | undefined
  payload: Json
  stack: string | undefined
}

export const deadLetters: View<DeadLetter> = {
  read(value) {
    const letter = row<Schemas['DeadLetter']>(value)
    return {
      id: integer(letter, 'id'),
      queue: text(letter, 'queue'),
      exchange: text(letter, 'exchange'),
      routing_key: text(letter, 'routing_key'),
      type: text(letter, 'type'),
      reason: text(letter, 'reason'),
      error: text(letter, 'error'),
      attempts: integer(letter, 'attempts'),
      status: text(letter, 'status'),
      message_id: maybeText(letter, 'message_id'),
      correlation_id: maybeText(letter, 'correlation_id'),
      first_failed_at: text(letter, 'first_failed_at'),
      last_failed_at: text(letter, 'last_failed_at'),
      resolved_at: maybeText(letter, 'resolved_at'),
      new_execution: maybeInteger(letter, 'new_execution'),
      payload: json(letter, 'payload'),
      stack: maybeText(letter, 'stack'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Queue', ({ queue }) => queue],
    ['Type', ({ type }) => type],
    ['Reason', ({ reason }) => reason],
    ['Error', ({ error }) => error],
    ['Status', ({ status }) => statusCell(status)],
    ['Last failed', ({ last_failed_at }) => when(last_failed_at)],
  ],
  details,
  sections,
}

/** What was done with a letter, as a sentence. */
export function resolution({ id, status, new_execution }: DeadLetter): string {
  const attempt = new_execution === undefined ? '' : ` as execution ${new_execution}`
  return `Dead letter ${id} is ${status}${attempt}.`
}

function details(letter: DeadLetter): [string, Cell][] {
  const rows: [string, Cell | undefined][] = [
    ['Dead letter ID', String(letter.id)],
    ['Status', statusCell(letter.status)],
    ['Queue', letter.queue],
    ['Exchange', letter.exchange],
    ['Routing key', letter.routing_key],
    ['Type', letter.type],
    ['Reason', letter.reason],
    ['Error', letter.error],
    ['Attempts', String(letter.attempts)],
    ['First failed', when(letter.first_failed_at)],
    ['Last failed', when(letter.last_failed_at)],
    ['Message ID', letter.message_id],
    ['Correlation ID', letter.correlation_id],
    ['Resolved', letter.resolved_at === undefined ? undefined : when(letter.resolved_at)],
    ['New execution', letter.new_execution?.toString()],
  ]
  return rows.flatMap(([title, cell]): [string, Cell][] => (cell === undefined ? [] : [[title, cell]]))
}

function sections({ payload, stack }: DeadLetter): Section[] {
  return [
    { title: 'Payload', value: payload },
    ...(stack === undefined ? [] : [{ title: 'Stack', log: stack }]),
  ]
}

function statusCell(status: string): Cell {
  const colour = new Map(Object.entries(colours)).get(status)
  return colour === undefined ? status : { text: status, colour }
}
