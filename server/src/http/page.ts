import type { Selected } from '../database/page.ts'
import { type Static, type TSchema, Type } from 'typebox'

/** Rows of a page at most. */
const CAP = 1000
/** Lists stop counting here and say so. */
export const COUNT_CAP = 10_000

/** The paging of every list. Values out of range are clamped; the answer says what was applied. */
export const pageQuery = {
  page: Type.Optional(Type.Integer({ description: 'Page, from 1. Default 1.' })),
  per_page: Type.Optional(Type.Integer({ description: 'Rows of a page, 1 to 1000. Default 50.' })),
  page_size: Type.Optional(Type.Integer({ description: 'Another name for per_page.' })),
}

const Pagination = Type.Object(
  {
    page: Type.Integer(),
    page_size: Type.Integer(),
    total_items: Type.Integer(),
    total_pages: Type.Integer(),
    has_previous: Type.Boolean(),
    has_next: Type.Boolean(),
    total_capped: Type.Optional(
      Type.Boolean({ description: 'The count stopped at 10 000; there are more.' }),
    ),
    searched_back_to: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'Text was looked for in the newest 10 000 rows, back to this moment. Ask again with created_before to go on from there.',
      }),
    ),
  },
  { title: 'Pagination' },
)

/** `{ data: T[], pagination }`, the envelope of every list. */
export const listOf = <T extends TSchema>(schema: T) =>
  Type.Object({ data: Type.Array(schema), pagination: Pagination })

export type Page = { page: number; size: number; limit: number; offset: number }

/** What pageQuery says once it is read. */
export type PageQuery = { page?: number; per_page?: number; page_size?: number }

export function pageOf(query: PageQuery): Page {
  const size = Math.min(Math.max(query.per_page ?? query.page_size ?? 50, 1), CAP)
  const page = Math.min(Math.max(query.page ?? 1, 1), 1_000_000)
  return { page, size, limit: size, offset: (page - 1) * size }
}

/** A page in its envelope. `total` counts every row that matches, or more than COUNT_CAP. */
export function paged<Row>(
  rows: Row[],
  total: number,
  page: Page,
  searched_back_to?: string,
): { data: Row[]; pagination: Static<typeof Pagination> } {
  const counted = Math.min(total, COUNT_CAP)
  return {
    data: rows,
    pagination: {
      page: page.page,
      page_size: page.size,
      total_items: counted,
      total_pages: Math.ceil(counted / page.size),
      has_previous: page.page > 1,
      has_next: total > COUNT_CAP ? rows.length === page.size : page.page * page.size < counted,
      ...(total > COUNT_CAP ? { total_capped: true } : {}),
      ...(searched_back_to === undefined ? {} : { searched_back_to }),
    },
  }
}

/** One page of a list in its envelope: `select` is asked for the rows of the page that the query names. */
export async function answerPage<Row>(
  query: PageQuery,
  select: (page: Page) => Promise<Selected<Row>>,
): Promise<ReturnType<typeof paged<Row>>> {
  const page = pageOf(query)
  const { rows, total, searched_back_to } = await select(page)
  return paged(rows, total, page, searched_back_to)
}
