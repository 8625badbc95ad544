import { binding, type Expression, prefixBinding } from './expression.ts'

/** How tightly each kind of node holds together; an operand that holds less is put in parentheses. */
const postfix = 8

/**
 * Writes an expression as text, with no more parentheses than it needs. Parsing the text gives the same tree again
 * (spans aside).
 */
export function printExpression(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.value)
    case 'list':
      return `[${node.items.map(printExpression).join(', ')}]`
    case 'name':
      return node.name
    case 'member':
      return `${printObject(node.object)}.${node.name}`
    case 'index':
      return `${printObject(node.object)}[${printExpression(node.index)}]`
    case 'call':
      return `${node.name}(${node.args.map(printArgument).join(', ')})`
    case 'each':
      return `${node.name}(${node.variable} in ${printExpression(node.source)}, ${printExpression(node.body)})`
    case 'unary':
      return `${node.operator === 'not' ? 'not ' : '-'}${wrap(node.operand, prefixBinding[node.operator])}`
    case 'binary': {
      const level = binding[node.operator]
      return `${wrap(node.left, level)} ${node.operator} ${wrap(node.right, level + 1)}`
    }
  }
}

/** `count((x in y), z)` counts, and `count(x in y, z)` asks each element. */
function printArgument(node: Expression): string {
  const text = printExpression(node)
  return node.kind === 'binary' && startsWithName(node) ? `(${text})` : text
}

/** Whether it begins with `x in`. */
function startsWithName(node: Expression): boolean {
  if (node.kind !== 'binary') return false
  return (node.operator === 'in' && node.left.kind === 'name') || startsWithName(node.left)
}

function printLiteral(value: null | boolean | number | string): string {
  if (typeof value === 'string') return printText(value)
  // In digits, a large number would be read as an integer, which has a smaller range.
  const isLarge = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
  return isLarge ? value.toExponential() : String(value)
}

function wrap(node: Expression, minimum: number): string {
  const text = printExpression(node)
  return levelOf(node) < minimum ? `(${text})` : text
}

/** What stands before a dot or bracket. A number does not, or its own dot would be meant. */
function printObject(node: Expression): string {
  const isNumber = node.kind === 'literal' && typeof node.value === 'number'
  return isNumber ? `(${printExpression(node)})` : wrap(node, postfix)
}

function levelOf(node: Expression): number {
  switch (node.kind) {
    case 'literal':
    case 'list':
    case 'name':
    case 'member':
    case 'index':
    case 'call':
    case 'each':
      return postfix
    case 'unary':
      return prefixBinding[node.operator]
    case 'binary':
      return binding[node.operator]
  }
}

const escapes: readonly (readonly [string, string])[] = [
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
]

function printText(text: string): string {
  return `"${escapes.reduce((printed, [char, escape]) => printed.replaceAll(char, escape), text)}"`
}
