import type { Json, JsonObject } from '../json.ts'
import type { Compiled } from './compile.ts'
import { isLazyFunction } from './builtin.ts'
import { ExpressionError } from './error.ts'
import { elementName } from './each.ts'
import { type Binary, childrenOf, type Each, type Expression, type Unary } from './expression.ts'
import { type Context, createFrame } from './frame.ts'
import { createPatterns } from './patterns.ts'
import { preview } from './preview.ts'
import { cutText } from './text.ts'
import { plain } from './time.ts'
import { staticPath } from './references.ts'
import { mask } from './taint.ts'
import { askElements, createTracing, trace, traceIfPresent, type Tracing, withElement } from './trace.ts'
import { isDecided, type Traced } from './trace-each.ts'
import { put, truthy } from './value.ts'

/** The values that decided. Long ones are cut, and secret ones replaced by the marker. */
export type Compared = {
  left?: Json
  right?: Json
  value?: Json
  arguments?: Json[]
  /** The element of an array that decided, such as `event.payload.alerts[2]`. */
  element?: string
  /** What each path in the clause leads to, where no single pair of values decided. */
  values?: JsonObject
}

/** The smallest part of a condition that did not hold, as text, and the values in it. */
export type Explanation = { clause: string; compared: Compared }

const MAX_VALUES = 20
const MAX_CLAUSE = 1000

/**
 * Says why an expression is not truthy, by evaluating its parts. Costs much more than evaluating it. Where the parts
 * cannot be evaluated once more within the limits, the whole of it is the reason.
 */
export function explain(compiled: Compiled, context: Context): Explanation {
  const { text, scope, expression } = compiled
  const frame = createFrame(context, createPatterns())
  try {
    const tracing = createTracing({ text, scope }, frame)
    const explanation = explainPart(expression, tracing)
    // Which part did not hold tells about a secret that decided.
    return tracing.computed ? whole(text) : explanation
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return whole(text)
  }
}

function whole(text: string): Explanation {
  return { clause: cutText(text, MAX_CLAUSE), compared: {} }
}

function explainPart(node: Expression, tracing: Tracing): Explanation {
  if (node.kind === 'binary' && node.operator === 'and') {
    const operands = conjunctionOf(node)
    const failing = operands.find((operand) => !truthy(trace(operand, tracing).value))
    return explainPart(failing ?? operands.at(-1) ?? node.right, tracing)
  }
  return {
    clause: cutText(tracing.text.slice(node.span.start, node.span.end), MAX_CLAUSE),
    compared: compare(node, tracing),
  }
}

/** What is joined by `and` without parentheses, in the order of the text. */
function conjunctionOf(root: Binary): Expression[] {
  const operands: Expression[] = []
  let node: Expression = root
  while (node.kind === 'binary' && node.operator === 'and') {
    operands.push(node.right)
    node = node.left
  }
  return [node, ...operands.reverse()]
}

function compare(node: Expression, tracing: Tracing): Compared {
  switch (node.kind) {
    case 'binary':
      return compareSides(node, tracing)
    case 'unary':
      return compareDenied(node, tracing)
    case 'call':
      // The arguments of has() and default() need not be there.
      if (isLazyFunction(node.name)) return { values: valuesIn(node, tracing) }
      return { arguments: node.args.map((argument) => show(argument, tracing)) }
    case 'each':
      return compareElements(node, tracing)
    case 'literal':
    case 'list':
    case 'name':
    case 'member':
    case 'index':
      return { value: show(node, tracing) }
  }
}

function compareSides(node: Binary, tracing: Tracing): Compared {
  if (node.operator === 'and' || node.operator === 'or') return { values: valuesIn(node, tracing) }
  return { left: show(node.left, tracing), right: show(node.right, tracing) }
}

/** What `not` denies is what held, so the values in there are of interest. */
function compareDenied({ operator, operand }: Unary, tracing: Tracing): Compared {
  return operator === 'not' ? compare(operand, tracing) : { value: show(operand, tracing) }
}

/** The values in the element that decided; where none did, what the elements are. */
function compareElements(node: Each, tracing: Tracing): Compared {
  const { asked, source, answers } = askElements(node, tracing)
  const last = answers.at(-1)
  if (last === undefined || !isDecided(asked, last.answer))
    return { values: { [asked.source]: shown(source) } }
  const element = elementName(asked, last.place)
  return { ...withElement(tracing, node.variable, last.item, () => compare(node.body, tracing)), element }
}

function show(node: Expression, tracing: Tracing): Json {
  return shown(trace(node, tracing))
}

function shown({ value, taint }: Traced): Json {
  return preview(mask(plain(value), taint))
}

function valuesIn(root: Expression, tracing: Tracing): JsonObject {
  const values: JsonObject = {}
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'each') open.push(node.source)
    else if (staticPath(node) === undefined) open.push(...childrenOf(node).toReversed())
    else if (Object.keys(values).length < MAX_VALUES) showPath(node, tracing, values)
  }
  return values
}

/** Leaves out a path that leads nowhere: it was not looked at, or has() looked for it. */
function showPath(node: Expression, tracing: Tracing, values: JsonObject): void {
  const traced = lookUp(node, tracing)
  if (traced !== undefined) put(values, tracing.text.slice(node.span.start, node.span.end), shown(traced))
}

function lookUp(node: Expression, tracing: Tracing): Traced | undefined {
  try {
    return traceIfPresent(node, tracing)
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}
