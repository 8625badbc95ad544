import { isRefusedName } from './access.ts'
import { nearest } from '../text/nearest.ts'
import {
  arityOf,
  type Builtin,
  findBuiltin,
  functionNames,
  isLazyFunction,
  type LazyFunction,
} from './builtin.ts'
import { ExpressionError, type ExpressionErrorKind } from './error.ts'
import { type Call, eachNames, isKeyword } from './expression.ts'
import { foreignCall, foreignWord } from './foreign.ts'
import type { Site } from './frame.ts'

/**
 * The names that an expression may use.
 *
 * With `variables`, the scope is open: any other bare name is looked up, last, in the root of that name, so unknown
 * names show only when the expression is evaluated. Without it the scope is closed and they show when it is compiled.
 */
export type Scope = {
  readonly roots: readonly string[]
  /** Functions without arguments that the context answers, such as `result` and `succeeded`. */
  readonly functions?: readonly string[]
  readonly variables?: string
}

/** Why a name cannot be used. */
export type Misuse = { kind: ExpressionErrorKind; problem: string; remedy: string; absent?: boolean }

export type Callee =
  | { kind: 'builtin'; builtin: Builtin }
  | { kind: 'lazy'; name: LazyFunction }
  | { kind: 'supplied'; name: string }
  | { kind: 'misuse'; misuse: Misuse }

/** What a call means. A function of the language goes before one that the context answers. */
export function resolveCall({ name, args }: Call, scope: Scope): Callee {
  const supplied = scope.functions?.includes(name) ?? false
  const arity = arityOf(name) ?? (supplied ? [0, 0] : undefined)
  if (arity === undefined) return { kind: 'misuse', misuse: unknownFunction(name) }
  const [least, most] = arity
  if (args.length < least || args.length > most) {
    const takes = least === most ? String(least) : `${least} to ${most}`
    const problem = `${name}() takes ${takes} ${most === 1 ? 'argument' : 'arguments'}, not ${args.length}`
    return { kind: 'misuse', misuse: { kind: 'arity', problem, remedy: 'pass as many as it takes' } }
  }
  if (isLazyFunction(name)) return { kind: 'lazy', name }
  const builtin = findBuiltin(name)
  return builtin === undefined ? { kind: 'supplied', name } : { kind: 'builtin', builtin }
}

function unknownFunction(name: string): Misuse {
  const remedy =
    functionRemedy(name) ?? 'see the list of functions; those about task results exist in workflows only'
  return { kind: 'function', problem: `There is no function '${name}'`, remedy }
}

function functionRemedy(name: string): string | undefined {
  if (eachNames.some((each) => each === name)) return `name the element, as in ${name}(x in list, x > 1)`
  const told = foreignCall(name)
  if (told !== undefined) return `write ${told}`
  const close = nearest(name, functionNames)
  return close === undefined ? undefined : `write '${close}' if that is meant`
}

/** Whether a name can start an expression, as far as the scope alone can tell. */
export function isKnownRoot(name: string, scope: Scope): boolean {
  if (isKeyword(name) || isRefusedName(name)) return false
  return scope.variables !== undefined || scope.roots.includes(name)
}

export function unknownName(name: string, scope: Scope): Misuse {
  const roots = scope.roots.join(', ')
  const told = foreignWord(name)
  const remedy =
    told !== undefined
      ? told
      : scope.variables === undefined
        ? `start from one of: ${roots}`
        : `set the variable, or start from one of: ${roots}`
  return { kind: 'missing', problem: `There is no '${name}' here`, remedy, absent: true }
}

/** Turns a misuse into an error at its place. */
export function misuseAt(misuse: Misuse, { text, span }: Site): ExpressionError {
  return new ExpressionError({ ...misuse, expression: text, at: span })
}
