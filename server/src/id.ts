/** A row id. The brand stops an event id from being passed where an execution id is due. */
export type Id<Table extends string> = number & { readonly __table: Table }

/** Brands a number that is known to be a row id of `Table`. The one cast of its kind. */
export function toId<Table extends string>(value: number): Id<Table> {
  return value as Id<Table>
}

/** An id that somebody claims. What is no id becomes 0, which no row has, so that it leads nowhere. */
export function claimedId<Table extends string>(claim: unknown): Id<Table> {
  const id = typeof claim === 'number' || typeof claim === 'string' ? Number(claim) : 0
  return toId<Table>(Number.isSafeInteger(id) ? id : 0)
}
