import type { Schemas } from '@attune/client/dist/requests.js'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { SummaryOrDetail, View } from '../output/view.ts'

type DeadLetter = SummaryOrDetail<Schemas['DeadLetterSummary'], Schemas['DeadLetter']>

const colours: Readonly<Record<DeadLetter['status'], Colour>> = {
  open: 'red',
  replayed: 'green',
  discarded: 'dim',
}

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
] as const satisfies readonly DeadLetter['reason'][]
export type Reason = (typeof reasons)[number]

export const deadLetters: View<DeadLetter> = {
  key: 'id',
  columns: [
    ['ID', 'id', 'list'],
    ['Dead letter ID', 'id', 'details'],
    ['Status', statusCell, 'details'],
    ['Queue', 'queue'],
    ['Exchange', 'exchange', 'details'],
    ['Routing key', 'routing_key', 'details'],
    ['Type', 'type'],
    ['Reason', 'reason'],
    ['Error', 'error'],
    ['Status', statusCell, 'list'],
    ['Attempts', 'attempts', 'details'],
    ['First failed', ({ first_failed_at }) => when(first_failed_at), 'details'],
    ['Last failed', ({ last_failed_at }) => when(last_failed_at)],
    ['Message ID', ({ message_id }) => message_id ?? undefined, 'details'],
    ['Correlation ID', ({ correlation_id }) => correlation_id ?? undefined, 'details'],
    ['Resolved', ({ resolved_at }) => when(resolved_at) || undefined, 'details'],
    ['New execution', ({ new_execution }) => new_execution ?? undefined, 'details'],
  ],
  sections: ({ payload, stack }) => [
    { title: 'Payload', value: payload ?? null },
    { title: 'Stack', log: stack ?? undefined },
  ],
}

/** What was done with a letter, as a sentence. */
export function resolution({ id, status, new_execution }: DeadLetter): string {
  const attempt = new_execution === null ? '' : ` as execution ${new_execution}`
  return `Dead letter ${id} is ${status}${attempt}.`
}

function statusCell({ status }: DeadLetter) {
  return { text: status, colour: colours[status] }
}
