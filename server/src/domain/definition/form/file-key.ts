import { type TSchema, Type } from 'typebox'
import { anyJson, anyObject, oneOf } from '../../../database/row.ts'

/** The vocabulary of the schemas of pack files. Keys are optional unless a file cannot do without them. */
export const text = (description: string) => Type.Optional(Type.String({ description }))
export const flag = (description: string) => Type.Optional(Type.Boolean({ description }))
export const count = (description: string, minimum: number) =>
  Type.Optional(Type.Integer({ description, minimum, maximum: 2_147_483_647 }))
export const texts = (description: string) => Type.Optional(Type.Array(Type.String(), { description }))
export const object = (description: string) => Type.Optional({ ...anyObject, description })
export const choice = <const Values extends readonly string[]>(values: Values, description: string) =>
  Type.Optional({ ...oneOf(values), description })
export const parameters = (description: string) =>
  Type.Optional({
    ...anyObject,
    description: `${description} A flat schema: {name: {type, required, default, …}}.`,
    ...definesParameters,
  })

/** Marks what holds parameter definitions, which `parameter-schema` checks and the published schemas spell out. */
const definesParameters = { 'x-parameters': true } as const
/** A pattern that editors know; the reader checks the same and says more about it. */
export const editorPattern = (pattern: RegExp) => ({ 'x-pattern': pattern.source })

/** One text, or a list of them. */
export const textOrTexts = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())], { description }))

/** A key that people write for other people; the platform does not read it. */
export const documentation = Type.Optional({ ...anyJson, description: 'For readers; not stored.' })

/** A mapping whose values all have one form. */
export const mapping = <T extends TSchema>(value: T) =>
  Type.Unsafe<Record<string, Type.Static<T>>>({ type: 'object', additionalProperties: value })

/** Keys that every component has. */
export const naming = {
  ref: text(
    '<pack>.<name>. Without a dot the pack is added; without the key it is made of `name` or the file name.',
  ),
  name: text('Stands in for a missing ref.'),
  label: text('For people; made of the ref when missing.'),
  description: text('What it is for.'),
}
