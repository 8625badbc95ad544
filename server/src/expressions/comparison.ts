import type { Json } from '../json.ts'
import type { Binary, BinaryOperator, Expression } from './expression.ts'
import type { Closure, Site } from './frame.ts'
import { operations } from './operator.ts'
import { isTime } from './time.ts'

export type Operands = { readonly left: Closure; readonly right: Closure; readonly site: Site }

type Scalar = null | boolean | number | string

/**
 * The comparisons that conditions are made of, without a detour for the usual types: with a literal, between numbers,
 * in a literal list. Each answers as the operation of its name does. Undefined for everything else.
 */
export function compileComparison(node: Binary, operands: Operands): Closure | undefined {
  const { operator } = node
  if (operator === '==' || operator === '!=') return compileEquality(node, operands)
  if (operator === 'in' || operator === 'not in') return compileMembership(node, operands)
  return isOrder(operator) ? compileOrder(operator, operands) : undefined
}

/** A literal is no container, so equality with it is identity; a time has its own word on texts. */
function compileEquality(node: Binary, { left, right, site }: Operands): Closure | undefined {
  const wanted = node.operator === '=='
  const literal = node.right.kind === 'literal' ? node.right : node.left
  if (literal.kind !== 'literal') return undefined
  const { value } = literal
  const other = literal === node.right ? left : right
  return (frame) => {
    const given = other(frame)
    if (isTime(given)) {
      frame.at = site
      return operations['=='](frame, given, value) === wanted
    }
    return (given === value) === wanted
  }
}

/** A list of literals is looked up in a set; an array or object is in none. */
function compileMembership(node: Binary, { left, site }: Operands): Closure | undefined {
  const scalars = literals(node.right)
  if (scalars === undefined) return undefined
  const set: ReadonlySet<Json> = new Set<Json>(scalars)
  const wanted = node.operator === 'in'
  return (frame) => {
    const given = left(frame)
    if (isTime(given)) {
      frame.at = site
      return operations.in(frame, given, scalars) === wanted
    }
    return set.has(given) === wanted
  }
}

function literals(node: Expression): Scalar[] | undefined {
  if (node.kind !== 'list') return undefined
  const values = node.items.flatMap((item) => (item.kind === 'literal' ? [item.value] : []))
  return values.length === node.items.length ? values : undefined
}

const decisions = {
  '<': (left: number, right: number) => left < right,
  '<=': (left: number, right: number) => left <= right,
  '>': (left: number, right: number) => left > right,
  '>=': (left: number, right: number) => left >= right,
} as const

function isOrder(operator: BinaryOperator): operator is keyof typeof decisions {
  return Object.hasOwn(decisions, operator)
}

function compileOrder(operator: keyof typeof decisions, { left, right, site }: Operands): Closure {
  const decide = decisions[operator]
  const operation = operations[operator]
  return (frame) => {
    const a = left(frame)
    const b = right(frame)
    if (typeof a === 'number' && typeof b === 'number') return decide(a, b)
    frame.at = site
    return operation(frame, a, b)
  }
}
