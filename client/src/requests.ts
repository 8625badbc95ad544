import type { components, paths } from './schema.ts'

/*
 * What the API takes and gives, by path and method. A path is written as the document has it, `/api/v1/rules/{ref}`;
 * whatever does not fit the document does not compile.
 */

/** What the document names: `Schemas['RuleDetail']`. */
export type Schemas = components['schemas']

/** The paths of the document. A parameter of a query that is undefined is not sent, and a form is a `FormData`. */
export type Paths = {
  [P in keyof paths]: { [M in keyof paths[P]]: Operation<paths[P][M]> }
}

type Operation<O> = {
  [Part in keyof O]: Part extends 'parameters'
    ? Parameters<O[Part]>
    : Part extends 'requestBody'
      ? RequestBody<O[Part]>
      : O[Part]
}

type Parameters<P> = { [Place in keyof P]: Place extends 'query' ? Open<P[Place]> : P[Place] }

type Open<T> = T extends object ? { [K in keyof T]: T[K] | undefined } : T

type RequestBody<B> = B extends { content: { 'multipart/form-data': unknown } }
  ? { content: { 'multipart/form-data': FormData } }
  : B

type Method = 'get' | 'post' | 'put' | 'delete'

/** The query of a call. */
export type QueryOf<M extends Method, P extends keyof Paths> = Paths[P][M] extends {
  parameters: { query?: infer Query }
}
  ? NonNullable<Query>
  : never
