import { isFault, isRefusedName, reach, settle } from './access.ts'
import { needString } from './argument.ts'
import type { Builtin, LazyFunction } from './builtin.ts'
import { compileComparison, type Operands } from './comparison.ts'
import { type Asked, askEach, needElements, refuseShadowing, shadowing, sourceText } from './each.ts'
import {
  type Binary,
  type Call,
  countNodes,
  type Each,
  type Expression,
  type Index,
  type Member,
  type Name,
  type Unary,
} from './expression.ts'
import type { Closure, Frame, Site } from './frame.ts'
import { operations, prefixOperations, type ValueOperator } from './operator.ts'
import {
  answerOf,
  attempt,
  type Find,
  follow,
  followIfPresent,
  missingRoot,
  type Root,
  rootValue,
  type Step,
} from './path.ts'
import { compilePattern, matchesPattern } from './pattern.ts'
import { keyOf } from './references.ts'
import { isKnownRoot, type Misuse, misuseAt, resolveCall, type Scope, unknownName } from './scope.ts'
import { truthy } from './value.ts'

/** What is known while one text is compiled. `frame` has no data; it is for what can be done ahead. */
export type Unit = {
  readonly text: string
  readonly scope: Scope
  readonly frame: Frame
  /** The names of elements, from the outside in; each stands at the same place in `locals` of a frame. */
  readonly locals: readonly string[]
}

/** Turns a syntax tree into a function. What can be seen to be wrong without data is an error now. */
export function compileNode(node: Expression, unit: Unit): Closure {
  switch (node.kind) {
    case 'literal': {
      const { value } = node
      return () => value
    }
    case 'list': {
      const items = node.items.map((item) => compileNode(item, unit))
      return (frame) => items.map((item) => item(frame))
    }
    case 'name':
    case 'member':
    case 'index':
      return compileAccess(node, unit)
    case 'call':
      return compileCall(node, unit)
    case 'each':
      return compileEach(node, unit)
    case 'unary':
      return compileUnary(node, unit)
    case 'binary':
      return compileBinary(node, unit)
  }
}

function siteOf(node: Expression, unit: Unit): Site {
  return { text: unit.text, span: node.span }
}

/** Reports a misuse now in a closed scope, and whenever it is evaluated in an open one. */
function misused(node: Expression, unit: Unit, misuse: Misuse): Closure {
  const site = siteOf(node, unit)
  if (unit.scope.variables === undefined) throw misuseAt(misuse, site)
  return () => {
    throw misuseAt(misuse, site)
  }
}

type Access = Name | Member | Index

function compileAccess(node: Access, unit: Unit): Closure {
  const { base, steps } = unwind(node, unit)
  if (base.kind === 'name') return compilePath(base, steps, unit)
  if (steps.length === 0 && base.kind === 'index') return compileDynamicIndex(base, unit)
  const start = compileNode(base, unit)
  return (frame) => follow(frame, start(frame), steps)
}

function compilePath(base: Name, steps: readonly Step[], unit: Unit): Closure {
  const { name } = base
  const { variables } = unit.scope
  const local = unit.locals.indexOf(name)
  if (local !== -1) return (frame) => follow(frame, frame.locals[local] ?? null, steps)
  if (!isKnownRoot(name, unit.scope)) return misused(base, unit, unknownName(name, unit.scope))
  const root: Root = { name, scope: unit.scope, site: siteOf(base, unit) }
  return (frame) => {
    const start = rootValue(frame, name, variables)
    return start === undefined ? missingRoot(frame, root) : follow(frame, start, steps)
  }
}

/** Splits `a.b[0].c` into what it starts from and the steps that are written out. */
function unwind(node: Access, unit: Unit): { base: Expression; steps: Step[] } {
  const steps: Step[] = []
  let current: Expression = node
  while (current.kind === 'member' || current.kind === 'index') {
    const key = keyOf(current)
    if (key === undefined) break
    steps.push({
      key: checkKey(key, current, unit),
      dotted: current.kind === 'member',
      site: siteOf(current, unit),
    })
    current = current.object
  }
  return { base: current, steps: steps.reverse() }
}

function checkKey(key: string | number, node: Expression, unit: Unit): string | number {
  if (typeof key === 'number' || !isRefusedName(key)) return key
  const problem = `The name '${key}' cannot be read`
  throw misuseAt({ kind: 'type', problem, remedy: 'rename the key in the data' }, siteOf(node, unit))
}

function compileDynamicIndex(node: Index, unit: Unit): Closure {
  const object = compileNode(node.object, unit)
  const index = compileNode(node.index, unit)
  const site = siteOf(node, unit)
  return (frame) => {
    const value = object(frame)
    const key = index(frame)
    frame.at = site
    const member = reach(frame, value, { key, dotted: false })
    return isFault(member) ? settle(frame, member, { site, value, key }) : member
  }
}

function compileCall(node: Call, unit: Unit): Closure {
  const callee = resolveCall(node, unit.scope)
  switch (callee.kind) {
    case 'misuse':
      return misused(node, unit, callee.misuse)
    case 'lazy':
      return compileLazy(callee.name, node, unit)
    case 'supplied': {
      const site = siteOf(node, unit)
      return (frame) => answerOf(frame, callee.name, site)
    }
    case 'builtin':
      return compileLiteralMatch(node, unit) ?? compileBuiltin(callee.builtin, node, unit)
  }
}

/** A match with a pattern that is written out, which is compiled (and so checked) at once and kept for good. */
function compileLiteralMatch({ name, args, span }: Call, unit: Unit): Closure | undefined {
  const [literal, subject] = args
  if (name !== 'match' || literal?.kind !== 'literal' || subject === undefined) return undefined
  if (typeof literal.value !== 'string') return undefined
  unit.frame.at = siteOf(literal, unit)
  const pattern = compilePattern(unit.frame, literal.value)
  const text = compileNode(subject, unit)
  const site: Site = { text: unit.text, span }
  return (frame) => {
    const value = text(frame)
    frame.at = site
    return matchesPattern(frame, pattern, needString(frame, value, 2))
  }
}

const nothing: Closure = () => null

function compileBuiltin({ call }: Builtin, node: Call, unit: Unit): Closure {
  const site = siteOf(node, unit)
  const [a = nothing, b, c] = node.args.map((argument) => compileNode(argument, unit))
  return (frame) => {
    const first = a(frame)
    const second = b === undefined ? undefined : b(frame)
    const third = c === undefined ? undefined : c(frame)
    frame.at = site
    return call(frame, first, second, third)
  }
}

function compileLazy(name: LazyFunction, { args }: Call, unit: Unit): Closure {
  const [subject, otherwise] = args
  if (subject === undefined) return nothing
  const find = compileFind(subject, unit)
  if (name === 'has') return (frame) => find(frame) !== undefined
  const fallback = otherwise === undefined ? nothing : compileNode(otherwise, unit)
  return (frame) => find(frame) ?? fallback(frame)
}

/** A path is followed without the cost of an error; anything else is tried. */
function compileFind(node: Expression, unit: Unit): Find {
  const closure = compileNode(node, unit)
  if (node.kind === 'name' || node.kind === 'member' || node.kind === 'index') {
    const { base, steps } = unwind(node, unit)
    const local = base.kind === 'name' ? unit.locals.indexOf(base.name) : -1
    if (local !== -1) return (frame) => followIfPresent(frame, frame.locals[local] ?? null, steps)
    if (base.kind === 'name' && isKnownRoot(base.name, unit.scope)) {
      const { name } = base
      const { variables } = unit.scope
      return (frame) => {
        const start = rootValue(frame, name, variables)
        return start === undefined ? undefined : followIfPresent(frame, start, steps)
      }
    }
  }
  return (frame) => attempt(frame, closure)
}

function compileEach(node: Each, unit: Unit): Closure {
  const { name, variable, span } = node
  checkVariable(node, unit)
  const source = compileNode(node.source, unit)
  const body = compileNode(node.body, { ...unit, locals: [...unit.locals, variable] })
  const { text, scope } = unit
  const asked: Asked = { name, variable, cost: countNodes(node.body), source: sourceText(node, text) }
  const local = unit.locals.length
  const site: Site = { text, span }
  return (frame) => {
    refuseShadowing(frame, variable, { scope, site })
    const items = source(frame)
    frame.at = site
    return askEach(frame, asked, needElements(frame, name, items), (item) => {
      frame.locals[local] = item
      return body(frame)
    })
  }
}

/** A name that means something already would make two things out of one. */
function checkVariable({ variable, name, source, span }: Each, unit: Unit): void {
  const { text, scope, locals } = unit
  const start = text.indexOf(variable, span.start + name.length)
  const site: Site = { text, span: { start, end: Math.min(start + variable.length, source.span.start) } }
  if (isRefusedName(variable)) {
    throw misuseAt(
      { kind: 'parse', problem: `'${variable}' cannot be a name`, remedy: 'choose another' },
      site,
    )
  }
  if (locals.includes(variable) || scope.roots.includes(variable)) throw misuseAt(shadowing(variable), site)
}

function compileUnary({ operator, operand, ...node }: Unary, unit: Unit): Closure {
  const inner = compileNode(operand, unit)
  if (operator === 'not') return (frame) => !truthy(inner(frame))
  const negate = prefixOperations['-']
  const site: Site = { text: unit.text, span: node.span }
  return (frame) => {
    const value = inner(frame)
    frame.at = site
    return negate(frame, value)
  }
}

function compileBinary(node: Binary, unit: Unit): Closure {
  const left = compileNode(node.left, unit)
  const right = compileNode(node.right, unit)
  if (node.operator === 'and') return (frame) => truthy(left(frame)) && truthy(right(frame))
  if (node.operator === 'or') return (frame) => truthy(left(frame)) || truthy(right(frame))
  const site = siteOf(node, unit)
  return (
    compileComparison(node, { left, right, site }) ?? compileOperation(node.operator, { left, right, site })
  )
}

function compileOperation(operator: ValueOperator, { left, right, site }: Operands): Closure {
  const operation = operations[operator]
  return (frame) => {
    const a = left(frame)
    const b = right(frame)
    frame.at = site
    return operation(frame, a, b)
  }
}
