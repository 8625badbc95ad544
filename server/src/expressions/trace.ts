import type { Json } from '../json.ts'
import { isAbsence, isFault, reach, settle } from './access.ts'
import type { Builtin } from './builtin.ts'
import { type Asked, refuseShadowing, sourceText } from './each.ts'
import {
  type Binary,
  type Call,
  countNodes,
  type Each,
  type Expression,
  type Index,
  type List,
  type Member,
  type Name,
  type Unary,
} from './expression.ts'
import type { Frame, Site } from './frame.ts'
import { operations, prefixOperations } from './operator.ts'
import { answerOf, attempt, missingRoot, rootValue } from './path.ts'
import { keyOf } from './references.ts'
import { isKnownRoot, misuseAt, resolveCall, type Scope, unknownName } from './scope.ts'
import { isTainted, memberTaint, mirror, type Taint, taintAt } from './taint.ts'
import { type Answer, answersOf, resultOf, type Traced } from './trace-each.ts'
import { truthy } from './value.ts'

/** One evaluation that keeps account of secrets. */
export type Tracing = {
  readonly text: string
  readonly scope: Scope
  readonly frame: Frame
  /** Marks by root, built when first needed. */
  readonly marks: Map<string, Taint>
  /** The elements that are looked at, by name. */
  readonly locals: Map<string, Traced>
  /** Whether more was done with a secret than to hand it on, so that whether there is a result tells about it. */
  computed: boolean
  /** Whether a secret had a member that was looked for, so that a fault after that tells that it had. */
  passed: boolean
}

export function createTracing(compiled: { text: string; scope: Scope }, frame: Frame): Tracing {
  const { text, scope } = compiled
  return { text, scope, frame, marks: new Map(), locals: new Map(), computed: false, passed: false }
}

/** What was made of values: all of it is secret if anything of them is, however little it says. */
function made(value: Json, from: readonly Traced[], tracing: Tracing): Traced {
  if (!from.some(({ taint }) => isTainted(taint))) return clean(value)
  tracing.computed = true
  return { value, taint: true }
}

/**
 * Evaluates an expression part by part, carrying along what is secret. Gives the same values and errors as the
 * compiled form; that one is used where nothing is secret, so that it costs nothing there.
 */
export function trace(node: Expression, tracing: Tracing): Traced {
  switch (node.kind) {
    case 'literal':
      return { value: node.value, taint: null }
    case 'list':
      return traceList(node, tracing)
    case 'name':
      return traceName(node, tracing)
    case 'member':
    case 'index':
      return traceMember(node, tracing)
    case 'call':
      return traceCall(node, tracing)
    case 'each':
      return traceEach(node, tracing)
    case 'unary':
      return traceUnary(node, tracing)
    case 'binary':
      return traceBinary(node, tracing)
  }
}

function siteOf(node: Expression, { text }: Tracing): Site {
  return { text, span: node.span }
}

function clean(value: Json): Traced {
  return { value, taint: null }
}

function traceList({ items }: List, tracing: Tracing): Traced {
  const traced = items.map((item) => trace(item, tracing))
  return { value: traced.map(({ value }) => value), taint: traced.map(({ taint }) => taint) }
}

/** The marks of a root; those of a bare variable are below the root that holds the variables. */
function marksOf(tracing: Tracing, root: string): Taint {
  const known = tracing.marks.get(root)
  if (known !== undefined) return known
  const { secrets } = tracing.frame.context
  const pointers = secrets !== undefined && Object.hasOwn(secrets, root) ? secrets[root] : undefined
  const taint = pointers === undefined ? null : taintAt(pointers)
  tracing.marks.set(root, taint)
  return taint
}

function traceName(node: Name, tracing: Tracing): Traced {
  const { frame, scope } = tracing
  const { name } = node
  const local = tracing.locals.get(name)
  if (local !== undefined) return local
  const site = siteOf(node, tracing)
  if (!isKnownRoot(name, scope)) throw misuseAt(unknownName(name, scope), site)
  const value = rootValue(frame, name, scope.variables)
  if (value === undefined) return clean(missingRoot(frame, { name, scope, site }))
  if (Object.hasOwn(frame.context.roots, name)) return { value, taint: marksOf(tracing, name) }
  return { value, taint: memberTaint({}, marksOf(tracing, scope.variables ?? ''), name) }
}

function traceMember(node: Member | Index, tracing: Tracing): Traced {
  const { frame } = tracing
  const object = trace(node.object, tracing)
  if (node.kind === 'member') return member(tracing, object, { node, key: node.name, taint: null })
  const { value: key, taint } = trace(node.index, tracing)
  frame.at = siteOf(node, tracing)
  return member(tracing, object, { node, key, taint })
}

type MemberOf = { node: Member | Index; key: Json; taint: Taint }

function member(tracing: Tracing, object: Traced, { node, key, taint }: MemberOf): Traced {
  const { frame } = tracing
  // A secret key decides what is read, so it shows in it; a secret that has no such member tells that by having none.
  const decided = isTainted(taint)
  if (decided) tracing.computed = true
  const found = reach(frame, object.value, { key, dotted: node.kind === 'member' })
  if (isFault(found)) {
    if (object.taint === true) tracing.computed = true
    const value = settle(frame, found, { site: siteOf(node, tracing), value: object.value, key })
    return { value, taint: decided || object.taint === true || null }
  }
  if (object.taint === true) tracing.passed = true
  const inherited =
    typeof key === 'string' || typeof key === 'number' ? memberTaint(object.value, object.taint, key) : null
  return { value: found, taint: decided ? true : inherited }
}

function traceUnary(node: Unary, tracing: Tracing): Traced {
  const operand = trace(node.operand, tracing)
  tracing.frame.at = siteOf(node, tracing)
  const result = made(true, [operand], tracing)
  return { ...result, value: prefixOperations[node.operator](tracing.frame, operand.value) }
}

function traceBinary(node: Binary, tracing: Tracing): Traced {
  const { frame } = tracing
  const left = trace(node.left, tracing)
  if (node.operator === 'and' || node.operator === 'or') {
    if (truthy(left.value) === (node.operator === 'or')) return made(node.operator === 'or', [left], tracing)
    tracing.computed ||= isTainted(left.taint) // whether the right side is asked, and may fail, tells about the left
    const right = trace(node.right, tracing)
    return made(truthy(right.value), [left, right], tracing)
  }
  const right = trace(node.right, tracing)
  frame.at = siteOf(node, tracing)
  const { taint } = made(null, [left, right], tracing)
  const value = operations[node.operator](frame, left.value, right.value)
  // Arrays are put one behind the other, and their marks too.
  const joins = Array.isArray(value) && taint === true && left.taint !== true && right.taint !== true
  return { value, taint: joins ? operations['+'](frame, mirrored(left), mirrored(right)) : taint }
}

function mirrored({ value, taint }: Traced): Taint {
  return mirror(value, taint)
}

function traceCall(node: Call, tracing: Tracing): Traced {
  const { frame, scope } = tracing
  const site = siteOf(node, tracing)
  const callee = resolveCall(node, scope)
  switch (callee.kind) {
    case 'misuse':
      throw misuseAt(callee.misuse, site)
    case 'supplied':
      return { value: answerOf(frame, callee.name, site), taint: marksOf(tracing, `${callee.name}()`) }
    case 'lazy':
      return traceLazy(node, tracing)
    case 'builtin': {
      const args = node.args.map((argument) => trace(argument, tracing))
      frame.at = site
      return traceBuiltin(callee.builtin, tracing, args)
    }
  }
}

function isAbsentName({ name }: Name, { frame, scope, locals }: Tracing): boolean {
  return !locals.has(name) && rootValue(frame, name, scope.variables) === undefined
}

/** Undefined if the value is absent; a path is followed without the cost of an error. */
export function traceIfPresent(node: Expression, tracing: Tracing): Traced | undefined {
  const { frame, scope } = tracing
  if (node.kind === 'name' && (tracing.locals.has(node.name) || isKnownRoot(node.name, scope))) {
    return isAbsentName(node, tracing) ? undefined : traceName(node, tracing)
  }
  const key = keyOf(node)
  if (key === undefined || (node.kind !== 'member' && node.kind !== 'index')) {
    return attempt(frame, () => trace(node, tracing))
  }
  const object = traceIfPresent(node.object, tracing)
  if (object === undefined) return undefined
  const found = reach(frame, object.value, { key, dotted: node.kind === 'member' })
  if (isFault(found) && isAbsence(frame, found)) {
    if (object.taint === true) tracing.computed = true
    return undefined
  }
  return member(tracing, object, { node, key, taint: null })
}

function traceEach(node: Each, tracing: Tracing): Traced {
  const { asked, source, answers } = askElements(node, tracing)
  const { value, taint, on_secret } = resultOf(tracing.frame, asked, { source, answers })
  if (!on_secret) return { value, taint }
  tracing.computed = true
  return { value, taint: true }
}

/** What each element says, up to the one that decides. */
export function askElements(
  node: Each,
  tracing: Tracing,
): { asked: Asked; source: Traced; answers: readonly Answer[] } {
  const { frame, scope, text } = tracing
  const { name, variable, body } = node
  refuseShadowing(frame, variable, { scope, site: siteOf(node, tracing) })
  const source = trace(node.source, tracing)
  tracing.computed ||= source.taint === true // whether it is an array at all tells about it
  frame.at = siteOf(node, tracing)
  const asked: Asked = { name, variable, cost: countNodes(body), source: sourceText(node, text) }
  const answers = answersOf(frame, asked, source, (item) => {
    const answer = withElement(tracing, variable, item, () => trace(body, tracing))
    // Whether the elements after it are asked, and may fail, tells about it.
    if (name !== 'map') tracing.computed ||= isTainted(answer.taint)
    return answer
  })
  return { asked, source, answers }
}

/** Does something while a name stands for an element. */
export function withElement<T>(tracing: Tracing, variable: string, item: Traced, work: () => T): T {
  tracing.locals.set(variable, item)
  try {
    return work()
  } finally {
    tracing.locals.delete(variable)
  }
}

/** Whether there is something is secret where it takes a secret to tell. */
function traceLazy({ name, args: [subject, fallback] }: Call, tracing: Tracing): Traced {
  const { found, on_secret } = lookFor(subject, tracing)
  if (name === 'has' || fallback === undefined) {
    tracing.computed ||= on_secret
    return { value: found !== undefined, taint: on_secret || null }
  }
  if (found !== undefined && found.value !== null) return found
  tracing.computed ||= on_secret
  const instead = trace(fallback, tracing)
  return on_secret ? { value: instead.value, taint: true } : instead
}

function lookFor(subject: Expression | undefined, tracing: Tracing) {
  const before = tracing.computed
  tracing.computed = false
  const found = subject === undefined ? undefined : traceIfPresent(subject, tracing)
  const on_secret = tracing.computed || isTainted(found?.taint ?? null)
  tracing.computed ||= before
  return { found, on_secret }
}

function traceBuiltin({ call, secrecy }: Builtin, tracing: Tracing, args: readonly Traced[]): Traced {
  const [a, b, c] = args
  const { frame } = tracing
  const { taint } = made(null, args, tracing)
  const value = call(frame, a?.value ?? null, b?.value, c?.value)
  if (taint === null) return clean(value)
  switch (secrecy) {
    case 'carries':
      return { value, taint: true }
    case 'keys':
      return { value, taint: a?.taint === true || null }
    case 'moves':
      return { value, taint: args.some((one) => one.taint === true) || moved(call, frame, args) }
  }
}

/** Moves the marks as the function moved the elements. A secret that is no container decides about all of them. */
function moved(call: Builtin['call'], frame: Frame, args: readonly Traced[]): Taint {
  if (args.some(({ value, taint }) => isTainted(taint) && !isContainer(value))) return true
  const [a, b, c] = args.map((each) => (isContainer(each.value) ? mirrored(each) : each.value))
  return call(frame, a ?? null, b, c)
}

function isContainer(value: Json): boolean {
  return typeof value === 'object' && value !== null
}
