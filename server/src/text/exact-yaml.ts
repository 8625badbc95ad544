import { type Document, type Scalar, visit } from 'yaml'
import { isExactNumber } from './exact-number.ts'

/** Numbers of a document, keys included, that a double cannot hold; at most `most` of them. */
export function inexactScalars(document: Document, most: number): Scalar[] {
  const found: Scalar[] = []
  visit(document, {
    Scalar(_, scalar) {
      if (isInexact(scalar)) found.push(scalar)
      return found.length >= most ? visit.BREAK : undefined
    },
  })
  return found
}

/** What YAML reads as a number of another base or as infinite by its name is no number of JSON. */
function isInexact({ value, source }: Scalar): boolean {
  if (typeof value !== 'number' || source === undefined) return false
  const decimal = decimalOf(source)
  if (decimal !== undefined) return !isExactNumber(decimal)
  return Number.isFinite(value) && !Number.isSafeInteger(value)
}

/** A number as JSON writes it: YAML allows a plus, leading zeros and nothing before or after the point. */
function decimalOf(source: string): string | undefined {
  const parts = /^([+-]?)(\d*)\.?(\d*)((?:[eE][+-]?\d+)?)$/.exec(source)
  if (parts === null) return undefined
  const [, sign, whole = '', fraction = '', power] = parts
  const digits = whole.replace(/^0+(?=\d)/, '') || '0'
  return `${sign === '-' ? '-' : ''}${digits}${fraction === '' ? '' : `.${fraction}`}${power}`
}
