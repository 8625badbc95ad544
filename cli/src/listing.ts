import type { Command } from 'commander'
import type { ListPath, QueryOf, RequestOf } from '@attune/client/dist/requests.js'
import type { Client, Page } from './client.ts'
import { positiveInteger } from './input.ts'
import { isJsonObject } from './json.ts'
import type { Output } from './output/output.ts'
import type { View } from './output/view.ts'

export type ListOptions = { limit?: number; page?: number; all?: boolean }

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

/** Where a list comes from and how it looks. */
export type Listing<P extends ListPath, T> = {
  path: P
  /** Values of the path. */
  at?: Record<string, number | string>
  query?: QueryOf<'get', P>
  view: View<T>
}

/** Fetches and prints a list, and says on stderr when there is more of it. */
export async function printList<P extends ListPath, T>(
  { client, out }: { client: Client; out: Output },
  { path, at = {}, query, view }: Listing<P, T>,
  options: ListOptions,
): Promise<void> {
  const perPage = options.limit ?? (options.all === true ? largestPage : defaultLimit)
  const start = options.page ?? 1
  const fetchPage = (page: number): Promise<Page> => {
    const paged: object = { path: at, query: { ...(query as object), page, per_page: perPage } }
    // oxlint-disable-next-line no-unsafe-type-assertion -- every list takes page and per_page
    return client.page(path, paged as RequestOf<'get', P>)
  }
  if (options.all === true) {
    const { rows, searchedBackTo } = await everyRow(start, fetchPage)
    out.list(rows, view)
    if (searchedBackTo !== undefined) out.warn(olderOf(searchedBackTo))
    return
  }

  const page = await fetchPage(start)
  out.list(page.rows, view)
  if (page.hasNext) out.warn(moreOf(page, start))
  if (page.searchedBackTo !== undefined) out.warn(olderOf(page.searchedBackTo))
}

/**
 * New rows push older ones to the next page while the pages are read: what was seen before is left out by
 * its id.
 */
async function everyRow(
  start: number,
  fetchPage: (page: number) => Promise<Page>,
): Promise<{ rows: unknown[]; searchedBackTo: string | undefined }> {
  const seen = new Set<unknown>()
  const rows: unknown[] = []
  for (let number = start; ; number += 1) {
    const page = await fetchPage(number)
    for (const row of page.rows) {
      const id = isJsonObject(row) ? row.id : undefined
      if (id === undefined || !seen.has(id)) rows.push(row)
      seen.add(id)
    }
    if (!page.hasNext || page.rows.length === 0) return { rows, searchedBackTo: page.searchedBackTo }
  }
}

function moreOf({ rows, total }: Page, number: number): string {
  const of = total === undefined ? '' : ` of ${total.capped ? 'more than ' : ''}${total.rows}`
  return `${rows.length}${of} shown. See the rest with --page ${number + 1}, --limit or --all.`
}

function olderOf(moment: string): string {
  return `Searched back to ${moment}; go on from there with --before ${moment}.`
}
