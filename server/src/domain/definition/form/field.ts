import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox'
import { anyJson, nullable, timestamp } from '../../../database/row.ts'
import type { Json } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { checkParameterSchema } from '../../schema/check.ts'
import { closed, given, patchOf, shortText } from '../../schema/body-fields.ts'
import { parameters } from './file-key.ts'

/**
 * A field of a definition, declared once: what it is in the row, in the body that makes one, in the body that changes
 * one, and in a file of a pack. From the fields of a kind come its types, its statements, its routes and the reading of
 * its files.
 */
export type Field = {
  /** As the row has it. A field without it is one of bodies alone. */
  row?: TSchema
  /** As bodies give it, where they do. */
  create?: TSchema
  update?: TSchema
  /** A change says `{op, value}`, so that it can say that there shall be nothing. */
  patch?: true
  /** A change to null is one. */
  null_counts?: true
  /**
   * Who fills the column: what is given does, or the noun decides from more than the field itself. Missing: neither,
   * but the store and what happens to the row.
   */
  filled?: 'given' | 'decided'
  /** What a new row has when nothing is given. Without it the body must give it. */
  otherwise?: Json
  /** The keys that a file gives it by, the first that is there counts. */
  file?: TProperties
  /** Lists show it unless this says otherwise; what is never shown is not in a single one either. */
  seen?: 'detail' | 'never'
  /** What is refused of it by itself. */
  check?: Check
  /** The form in which a value that was given is kept. */
  tidy?: (value: Json) => Json
  /** A JSON document that may be nothing: null is no document. */
  document?: true
}
export type Fields = Readonly<Record<string, Field>>

/** Whatever is wrong with a value that is given under this name. */
export type Check = {
  code: 'VALIDATION_ERROR' | 'BAD_REQUEST'
  problems(value: Json, name: string): FieldProblem[]
}

/** The store fills it, or what happens to the row. */
export const kept = <Row extends TSchema>(row: Row) => ({ row })

/** The noun fills it. */
export const decided = <Row extends TSchema>(row: Row) => ({ row, filled: 'decided' as const })

/** A new one needs it; `says` is what the body of a new one tells of it besides. */
export const required = <Row extends TSchema, Value extends TSchema>(
  row: Row,
  value: Value,
  says?: string,
) => ({
  row,
  create: says === undefined ? value : { ...value, description: says },
  update: given(value),
  filled: 'given' as const,
})

/** A body may give it; null is the same as not given. */
export const plain = <Row extends TSchema, Value extends TSchema>(
  row: Row,
  value: Value,
  otherwise: Json,
) => ({
  row,
  create: given(value),
  update: given(value),
  filled: 'given' as const,
  otherwise,
})

/** A body may give it, and a change may take it away. */
export const clearable = <Row extends TSchema, Value extends TSchema>(row: Row, value: Value) => ({
  row: nullable(row),
  create: given(value),
  update: patchOf(value),
  patch: true as const,
  filled: 'given' as const,
  otherwise: null,
})

/** Files give it, and bodies do not. */
export const ofFiles = <Row extends TSchema>(row: Row, otherwise: Json) => ({
  row,
  filled: 'given' as const,
  otherwise,
})

/** Shown of a single one only. */
export const unlisted = <F extends Field>(field: F) => ({ ...field, seen: 'detail' as const })
/** Shown to nobody. */
export const hidden = <F extends Field>(field: F) => ({ ...field, seen: 'never' as const })

/** A document that may be nothing. A change gives another one, or with `{op}` none. */
export const document = {
  row: nullable(anyJson),
  create: Type.Optional(anyJson),
  update: Type.Optional(anyJson),
  filled: 'given' as const,
  otherwise: null,
  document: true as const,
}
export const clearableDocument = { ...document, update: patchOf(anyJson), patch: true as const }

/** A schema of parameters: one that could not be used would fail whoever works with it later. */
export const parameterSchema = (...spellings: readonly (readonly [key: string, says: string])[]) => ({
  file: Object.fromEntries(spellings.map(([key, says]) => [key, parameters(says)])),
  check: { code: 'VALIDATION_ERROR' as const, problems: checkParameterSchema },
})

const refForm = /^[a-z0-9_-]+\.[a-z0-9_-]+$/

/** The texts of a list, or the one that stands for it. */
export function textsOf(value: Json): string[] {
  return [value].flat().filter((one) => typeof one === 'string')
}

/** What it is called. */
export const ref = {
  row: Type.String(),
  create: Type.String({ minLength: 1, maxLength: 255, description: 'pack.name in lower case.' }),
  filled: 'given' as const,
  check: {
    code: 'VALIDATION_ERROR' as const,
    problems: (value: Json, field: string) =>
      typeof value === 'string' && refForm.test(value)
        ? []
        : [{ field, message: 'must be pack.name of a-z, 0-9, _ and -' }],
  },
}

export const label = required(Type.String(), shortText)
export const description = plain(nullable(Type.String()), Type.String(), null)
export const dates = { created: kept(timestamp), updated: kept(timestamp) }

/** The fields of which `Having` is true. */
type Names<F extends Fields, Having> = {
  [Name in keyof F & string]: F[Name] extends Having ? Name : never
}[keyof F & string]
type Part = 'row' | 'create' | 'update'
/** The schemas of one part, by field. */
type Schemas<F extends Fields, P extends Part> = {
  [Name in Names<F, { [One in P]: TSchema }>]: F[Name] extends { [One in P]: infer S extends TSchema }
    ? S
    : never
}

/** What is known of every row. */
type Row = { id: number; ref: string; pack_ref: string | null }
export type RowOf<F extends Fields> = Static<TObject<Schemas<F, 'row'>>> & Row
/** A row in lists. */
export type SummaryOf<F extends Fields> = Static<TObject<ShownOf<F, 'never' | 'detail'>>>
type Values<F extends Fields, Name extends keyof F> = Pick<RowOf<F>, Name & keyof RowOf<F>>
/** What is given of a new one or has a default. */
export type GivenOf<F extends Fields> = Values<F, Names<F, { filled: 'given' }>>
/** What the noun decides. */
export type DecidedOf<F extends Fields> = Values<F, Names<F, { filled: 'decided' }>>
/** All that is written of one. */
export type ContentOf<F extends Fields> = GivenOf<F> & DecidedOf<F>
/** What has a default, so that a file need not give it. */
export type DefaultedOf<F extends Fields> = Values<F, Names<F, { filled: 'given'; otherwise: Json }>>
type ShownOf<F extends Fields, Unseen> = Omit<Schemas<F, 'row'>, Names<F, { seen: Unseen }>>

/**
 * An object with what `of` answers for each field, and nothing where that is undefined. The compiler cannot follow a
 * loop over names: whoever calls says what comes of it, and this is the one place that believes it.
 */
export function eachField<Result>(fields: Fields, of: (field: Field, name: string) => unknown): Result {
  const entries = Object.entries(fields).map(([name, field]) => [name, of(field, name)] as const)
  // oxlint-disable-next-line no-unsafe-type-assertion -- see above
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Result
}

/** The schema of the row. */
export function rowSchema<F extends Fields>(fields: F): TObject<Schemas<F, 'row'>> {
  return Type.Object(eachField<Schemas<F, 'row'>>(fields, ({ row }) => row))
}

/** The properties of a single one as it is shown. */
export function detailOf<F extends Fields>(fields: F): ShownOf<F, 'never'> {
  return eachField(fields, ({ row, seen }) => (seen === 'never' ? undefined : row))
}

/** The same in lists. */
export function summaryOf<F extends Fields>(fields: F): ShownOf<F, 'never' | 'detail'> {
  return eachField(fields, ({ row, seen }) => (seen === undefined ? row : undefined))
}

/** The body that makes one. */
export function createBody<F extends Fields>(fields: F, title: string): TObject<Schemas<F, 'create'>> {
  return Type.Object(
    eachField<Schemas<F, 'create'>>(fields, ({ create }) => create),
    { ...closed, title },
  )
}

/** The body that changes one. */
export function updateBody<F extends Fields>(fields: F, title: string): TObject<Schemas<F, 'update'>> {
  return Type.Object(
    eachField<Schemas<F, 'update'>>(fields, ({ update }) => update),
    { ...closed, title },
  )
}
