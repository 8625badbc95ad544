/** Where something stands in the text of an expression: offsets in UTF-16 units, `end` exclusive. */
export type Span = { readonly start: number; readonly end: number }

/** What went wrong, coarse enough to be counted and to be told apart by a program. */
export type ExpressionErrorKind =
  | 'parse'
  | 'missing'
  | 'type'
  | 'function'
  | 'arity'
  | 'index'
  | 'division'
  | 'regex'
  | 'limit'
  | 'time'
  | 'secret'

export type ExpressionFailure = {
  kind: ExpressionErrorKind
  /** What is wrong, as the start of a sentence. Names source text and types, never values. */
  problem: string
  /** What to do about it, as the end of that sentence. */
  remedy: string
  expression: string
  at: Span
  /** The value is simply not there: a missing variable, key or index, or a look inside null. */
  absent?: boolean
  /** Of which elements it was asked, from the outside in: `x is event.payload.alerts[2]`. */
  elements?: readonly string[]
  /** The place of the template inside its document, where there is one. */
  field?: string
}

const EXCERPT = 120

/**
 * Everything that can go wrong with an expression, when it is compiled or evaluated. Its message holds the text of
 * the expression, the position and the remedy; it never holds a value, because values may be secret.
 */
export class ExpressionError extends Error {
  readonly kind: ExpressionErrorKind
  readonly expression: string
  readonly at: Span
  readonly absent: boolean
  readonly field: string | undefined
  readonly #failure: ExpressionFailure

  constructor(failure: ExpressionFailure) {
    super(sentence(failure))
    this.name = 'ExpressionError'
    this.kind = failure.kind
    this.expression = failure.expression
    this.at = failure.at
    this.absent = failure.absent ?? false
    this.field = failure.field
    this.#failure = failure
  }

  /** The same error, saying of which element it was asked. */
  ofElement(element: string): ExpressionError {
    return new ExpressionError({ ...this.#failure, elements: [element, ...(this.#failure.elements ?? [])] })
  }

  /** The same error, saying in which field of a document the template stands. */
  inField(field: string): ExpressionError {
    return new ExpressionError({ ...this.#failure, field })
  }
}

function sentence({ problem, remedy, expression, at, field, elements = [] }: ExpressionFailure): string {
  const place = field ? `field '${field}', ` : ''
  const where = elements.map((element) => `, where ${element}`).join('')
  const source =
    expression === '' ? '' : ` (${place}position ${at.start + 1} of \`${excerpt(expression, at)}\`${where})`
  return `${problem}${source}: ${remedy}.`
}

/** The part of a long expression that surrounds `at`. */
function excerpt(expression: string, at: Span): string {
  if (expression.length <= EXCERPT) return expression
  const from = Math.max(0, Math.min(at.start - EXCERPT / 2, expression.length - EXCERPT))
  const to = Math.min(expression.length, from + EXCERPT)
  return `${from > 0 ? '…' : ''}${expression.slice(from, to)}${to < expression.length ? '…' : ''}`
}
