import type { Schemas } from './requests.ts'

/** One page of a list as the server sent it. */
export type Page<Row> = { data: Row[]; pagination: Schemas['Pagination'] }

export type FetchPage<Row> = (page: number) => Promise<Page<Row>>

/** The pages of a list from one on. The next is asked for when it is wanted. */
export async function* pagesFrom<Row>(start: number, fetchPage: FetchPage<Row>): AsyncGenerator<Page<Row>> {
  for (let number = start; ; number += 1) {
    const page = await fetchPage(number)
    yield page
    if (!page.pagination.has_next || page.data.length === 0) return
  }
}

/**
 * Leaves out what was there before. New rows push older ones to the next page while the pages are read: what has an
 * id comes once.
 */
export function unseen<Row extends object>(): (row: Row) => boolean {
  const seen = new Set<unknown>()
  return (row) => {
    const id = 'id' in row ? row.id : undefined
    const isNew = id === undefined || !seen.has(id)
    seen.add(id)
    return isNew
  }
}
