import type { Json } from '../json.ts'
import { isAbsence, isFault, type Key, reach, settle } from './access.ts'
import { ExpressionError } from './error.ts'
import type { Frame, Site, Supplied } from './frame.ts'
import { misuseAt, type Scope, unknownName } from './scope.ts'

/** One written-out step of a path and its place in the text. */
export type Step = Key & { readonly site: Site }

/** A name to start from. */
export type Root = { readonly name: string; readonly scope: Scope; readonly site: Site }

/** Whether a value is there, as far as an evaluation can tell; undefined if it is absent. */
export type Find = (frame: Frame) => Json | undefined

/** The value of a name: a root, else a variable of an open scope; undefined if it is neither. */
export function rootValue(frame: Frame, name: string, variables: string | undefined): Json | undefined {
  const { roots } = frame.context
  if (Object.hasOwn(roots, name)) return supply(roots[name])
  if (variables === undefined || !Object.hasOwn(roots, variables)) return undefined
  const container = supply(roots[variables])
  if (typeof container !== 'object' || container === null || Array.isArray(container)) return undefined
  return Object.hasOwn(container, name) ? container[name] : undefined
}

function supply(supplied: Supplied | undefined): Json | undefined {
  return typeof supplied === 'function' ? supplied() : supplied
}

/** A name without a value: null in lenient mode, else an error. */
export function missingRoot(frame: Frame, { name, scope, site }: Root): null {
  if (frame.lenient && !frame.probing) return null
  throw misuseAt(unknownName(name, scope), site)
}

/** Follows a path, with null or an error where it leads nowhere. */
export function follow(frame: Frame, start: Json, steps: readonly Step[]): Json {
  let value = start
  for (const step of steps) {
    const member = ownMember(value, step.key) ?? reach(frame, value, step)
    if (isFault(member)) return settle(frame, member, { site: step.site, value, key: step.key })
    value = member
  }
  return value
}

/** Follows a path as far as there is something; undefined where there is not. Other faults are errors. */
export function followIfPresent(frame: Frame, start: Json, steps: readonly Step[]): Json | undefined {
  let value = start
  for (const step of steps) {
    const member = ownMember(value, step.key) ?? reach(frame, value, step)
    if (isFault(member)) {
      if (isAbsence(frame, member)) return undefined
      settle(frame, member, { site: step.site, value, key: step.key })
      return undefined
    }
    value = member
  }
  return value
}

/** The usual case of `reach`: an object with that key. Keys of steps are known not to be refused names. */
function ownMember(value: Json, key: Json): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || typeof key !== 'string')
    return undefined
  return Object.hasOwn(value, key) ? value[key] : undefined
}

/** What the context answers for a function such as `result()`. */
export function answerOf(frame: Frame, name: string, site: Site): Json {
  const { functions } = frame.context
  const answer = functions !== undefined && Object.hasOwn(functions, name) ? functions[name] : undefined
  if (answer !== undefined) return answer()
  const problem = `${name}() has no answer here`
  throw misuseAt({ kind: 'function', problem, remedy: 'use it where a task has just finished' }, site)
}

/** Evaluates so that an absent value is told from null; undefined if it is absent. */
export function attempt<T>(frame: Frame, evaluate: (frame: Frame) => T): T | undefined {
  const { probing } = frame
  frame.probing = true
  try {
    return evaluate(frame)
  } catch (error) {
    if (error instanceof ExpressionError && error.absent) return undefined
    throw error
  } finally {
    frame.probing = probing
  }
}
