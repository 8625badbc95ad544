import { isJsonObject, type Json } from '../json.ts'
import type { BinaryOperator, UnaryOperator } from './expression.ts'
import { checkElements, checkTextLength, fail, type Frame, sourceOf, spend } from './frame.ts'
import { addNumbers, checked } from './number-functions.ts'
import { includesText } from './search.ts'
import { isDuration, isTime, timeText } from './time.ts'
import { combineTimes, negated } from './time-arithmetic.ts'
import { aType, equal, order, truthy } from './value.ts'

/** `and` and `or` decide whether to look at their right side; they are not functions of two values. */
export type ValueOperator = Exclude<BinaryOperator, 'and' | 'or'>
type Operation = (frame: Frame, left: Json, right: Json) => Json

/** What each operator between two values does. `frame.at` says where it stands. */
export const operations: Readonly<Record<ValueOperator, Operation>> = {
  '==': equal,
  '!=': (frame, left, right) => !equal(frame, left, right),
  '<': (frame, left, right) => order(frame, left, right) < 0,
  '<=': (frame, left, right) => order(frame, left, right) <= 0,
  '>': (frame, left, right) => order(frame, left, right) > 0,
  '>=': (frame, left, right) => order(frame, left, right) >= 0,
  in: isIn,
  'not in': (frame, left, right) => !isIn(frame, left, right),
  '+': add,
  '-': (frame, left, right) => arithmetic(frame, '-', [left, right]),
  '*': (frame, left, right) => arithmetic(frame, '*', [left, right]),
  '/': (frame, left, right) => arithmetic(frame, '/', [left, right]),
  '%': (frame, left, right) => arithmetic(frame, '%', [left, right]),
}

/** What each operator before a value does. */
export const prefixOperations: Readonly<Record<UnaryOperator, (frame: Frame, value: Json) => Json>> = {
  not: (_frame, value) => !truthy(value),
  '-': (frame, value) => {
    if (typeof value === 'number') return value === 0 ? 0 : -value
    if (isDuration(value)) return negated(value)
    return fail(frame, 'type', `'-' cannot stand before ${aType(value)}`, 'use it with numbers')
  },
}

/** Whether an array has an equal element, an object the key, a text the part. */
export function isIn(frame: Frame, item: Json, container: Json): boolean {
  if (isTime(container)) return isIn(frame, item, timeText(container))
  if (Array.isArray(container)) {
    spend(frame, container.length)
    return container.some((each) => equal(frame, each, item))
  }
  if (typeof item === 'string' && typeof container === 'string') return includesText(frame, container, item)
  if (typeof item === 'string' && isJsonObject(container)) return Object.hasOwn(container, item)
  const remedy = 'look for any value in an array, for a key in an object, or for a text in a text'
  return fail(frame, 'type', `${aType(item)} cannot be looked for in ${aType(container)}`, remedy)
}

function add(frame: Frame, left: Json, right: Json): Json {
  if (typeof left === 'number' && typeof right === 'number') return addNumbers(frame, left, right)
  if (typeof left === 'string' && typeof right === 'string') {
    checkTextLength(frame, left.length + right.length)
    // Asked for each element of a long array, it could fill the memory.
    spend(frame, (left.length + right.length) >> 6)
    return left + right
  }
  if (isTime(left) || isTime(right)) return combineTimes(frame, '+', [left, right])
  if (!Array.isArray(left) || !Array.isArray(right)) return cannot(frame, left, right)
  checkElements(frame, left.length + right.length)
  spend(frame, left.length + right.length)
  return [...left, ...right]
}

const arithmetics = { '-': subtract, '*': multiply, '/': divide, '%': remainder } as const

function arithmetic(
  frame: Frame,
  sign: keyof typeof arithmetics,
  [left, right]: readonly [Json, Json],
): Json {
  if (typeof left === 'number' && typeof right === 'number') return arithmetics[sign](frame, left, right)
  if (isTime(left) || isTime(right)) return combineTimes(frame, sign, [left, right])
  return cannot(frame, left, right)
}

function subtract(frame: Frame, left: number, right: number): number {
  return checked(frame, left - right, bothWhole(left, right))
}

function multiply(frame: Frame, left: number, right: number): number {
  return checked(frame, left * right, bothWhole(left, right))
}

function divide(frame: Frame, left: number, right: number): number {
  return checked(frame, left / notZero(frame, right), false)
}

function remainder(frame: Frame, left: number, right: number): number {
  return checked(frame, left % notZero(frame, right), false)
}

function bothWhole(left: number, right: number): boolean {
  return Number.isInteger(left) && Number.isInteger(right)
}

function notZero(frame: Frame, divisor: number): number {
  return divisor === 0 ? fail(frame, 'division', 'Division by zero', 'check the divisor first') : divisor
}

function cannot(frame: Frame, left: Json, right: Json): never {
  const problem = `'${sourceOf(frame.at)}' combines ${aType(left)} and ${aType(right)}`
  return fail(frame, 'type', problem, 'use two of one kind; convert with int(), number() or string()')
}
