import { answerOf } from '@attune/client/dist/answer.js'
import { type Page, pagesFrom, unseen } from '@attune/client/dist/pages.js'
import type { Command } from 'commander'
import { positiveInteger } from './input.ts'
import type { Output } from './output/output.ts'
import type { View } from './output/view.ts'

export type ListOptions = { limit?: number; page?: number; all?: boolean }

/** Which page of a list is wanted. */
export type Paged = { page: number; per_page: number }

const defaultLimit = 50
const largestPage = 1000

/** Adds the options that every list takes. */
export function pageable(command: Command): Command {
  return command
    .option(
      '--limit <rows>',
      `rows per page, at most ${largestPage} (default: ${defaultLimit})`,
      positiveInteger('a limit', largestPage),
    )
    .option('--page <number>', 'page to show (default: 1)', positiveInteger('a page'))
    .option('--all', 'follow the pages to the end')
}

/** Fetches and prints a list, and says on stderr when there is more of it. */
export async function printList<Row extends object>(
  out: Output,
  fetchPage: (paged: Paged) => Promise<{ data?: Page<NoInfer<Row>>; error?: unknown; response: Response }>,
  view: View<Row>,
  { all = false, limit, page: start = 1 }: ListOptions,
): Promise<void> {
  const per_page = limit ?? (all ? largestPage : defaultLimit)
  const pages = pagesFrom(start, (page) => answerOf(fetchPage({ page, per_page })))
  const isNew = unseen<Row>()
  const rows: Row[] = []
  for await (const { data, pagination } of pages) {
    rows.push(...data.filter(isNew))
    if (all && pagination.has_next && data.length > 0) continue
    out.list(rows, view)
    if (!all && pagination.has_next) out.warn(moreOf(rows.length, pagination, start))
    if (pagination.searched_back_to !== undefined) out.warn(olderOf(pagination.searched_back_to))
    return
  }
}

function moreOf(
  shown: number,
  { total_items, total_capped }: Page<unknown>['pagination'],
  page: number,
): string {
  const of = total_items === undefined ? '' : ` of ${total_capped === true ? 'more than ' : ''}${total_items}`
  return `${shown}${of} shown. See the rest with --page ${page + 1}, --limit or --all.`
}

function olderOf(moment: string): string {
  return `Searched back to ${moment}; go on from there with --before ${moment}.`
}
