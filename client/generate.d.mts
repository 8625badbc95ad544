/** The text of `src/schema.ts`. */
export function typesOf(document: object): Promise<string>
