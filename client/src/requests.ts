import type { components, paths } from './schema.ts'

/*
 * What the API takes and gives, by method and path. A path is written as the document has it,
 * `/api/v1/rules/{ref}`; whatever does not fit the document does not compile.
 */

/** What the document names: `Schemas['RuleDetail']`. */
export type Schemas = components['schemas']

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** Paths that have the method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never
}[keyof paths]

type Operation<M extends Method, P extends PathOf<M>> = paths[P][M]

type Parameters<O, Place extends string> = O extends { parameters: infer All }
  ? Place extends keyof All
    ? Exclude<All[Place], undefined>
    : never
  : never

/** A parameter that is undefined is not sent. */
type Open<T> = { [K in keyof T]: T[K] | undefined }

type InPath<O> = [Parameters<O, 'path'>] extends [never] ? unknown : { path: Parameters<O, 'path'> }
type InQuery<O> = [Parameters<O, 'query'>] extends [never]
  ? unknown
  : { query?: Open<Parameters<O, 'query'>> }

type BodyContent<O> = O extends { requestBody: { content: infer C } } ? { body: OneBody<C> } : unknown
type OptionalBodyContent<O> = O extends { requestBody?: { content: infer C } }
  ? { body?: OneBody<C> }
  : unknown
type InBody<O> = O extends { requestBody: object } ? BodyContent<O> : OptionalBodyContent<O>
type OneBody<C> = C extends { 'application/json': infer Body } ? Body : FormData

/** The parts of a request: values of the path, of the query, and the body. */
export type RequestOf<M extends Method, P extends PathOf<M>> = InPath<Operation<M, P>> &
  InQuery<Operation<M, P>> &
  InBody<Operation<M, P>>

export type QueryOf<M extends Method, P extends PathOf<M>> =
  RequestOf<M, P> extends { query?: infer Query } ? Query : never

export type BodyOf<M extends Method, P extends PathOf<M>> =
  RequestOf<M, P> extends { body: infer Body } ? Body : never

/** The request as an argument, which may be left out where nothing in it must be said. */
export type RequestArgument<M extends Method, P extends PathOf<M>> =
  Record<never, never> extends RequestOf<M, P> ? [request?: RequestOf<M, P>] : [request: RequestOf<M, P>]

type Success = 200 | 201 | 202

type Answers<O> = O extends { responses: infer R } ? R[keyof R & Success] : never

/** The JSON of a success. */
export type AnswerOf<M extends Method, P extends PathOf<M>> =
  Answers<Operation<M, P>> extends { content: { 'application/json': infer Body } } ? Body : never

/** What stands in the envelope of a success, or the whole where there is none. */
export type DataOf<M extends Method, P extends PathOf<M>> =
  AnswerOf<M, P> extends { data: infer Data } ? Data : AnswerOf<M, P>

/** Paths that answer with pages of a list. */
export type ListPath = {
  [P in PathOf<'get'>]: AnswerOf<'get', P> extends { data: unknown[]; pagination: unknown } ? P : never
}[PathOf<'get'>]

/** A row of a list. */
export type RowOf<P extends ListPath> = DataOf<'get', P> extends (infer Row)[] ? Row : never
