/** A row id. The brand stops an event id from being passed where an execution id is due. */
export type Id<Table extends string> = number & { readonly __table: Table }

/** Brands a number that is known to be a row id of `Table`. The one cast of its kind. */
export function toId<Table extends string>(value: number): Id<Table> {
  return value as Id<Table>
}
