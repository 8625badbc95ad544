import type { Json } from '../json.ts'
import { makesTimes } from './builtin.ts'
import { compileNode } from './closure.ts'
import { ExpressionError } from './error.ts'
import { checkTextSize, checkTreeDepth, countNodes, type Expression, parseExpression } from './expression.ts'
import { type Closure, type Context, createFrame, type Frame, spend, type Watch } from './frame.ts'
import { createPatterns, type Patterns } from './patterns.ts'
import { findReferences, type References } from './references.ts'
import { isKnownRoot, type Scope } from './scope.ts'
import { secretPointers } from './taint.ts'
import { trimBlanks } from './text.ts'
import { plain } from './time.ts'
import { createTracing, trace } from './trace.ts'
import type { Traced } from './trace-each.ts'

/** A value and the JSON pointers of what in it is secret ('' is all of it). */
export type Evaluated = { readonly value: Json; readonly secret_paths: readonly string[] }

/** `computed`: more was done with a secret than to hand it on, so that the result, or that there is one, tells about it. */
export type TracedWhole = Traced & { readonly computed: boolean }

/** An expression that is parsed and checked once and evaluated many times. */
export type Compiled = {
  readonly text: string
  readonly scope: Scope
  readonly expression: Expression
  readonly references: References
  /** Evaluates with a context of its own. */
  evaluate(context: Context): Evaluated
  /** Evaluates as a part of something larger, without regard to secrets. */
  run(frame: Frame): Json
  /** The same, keeping account of secrets. */
  trace(frame: Frame): TracedWhole
  /** Whether it may read something that the context marks as secret. */
  mayReadSecrets(context: Context): boolean
}

/** Where the compiled regular expressions of dynamic patterns are kept, so that several expressions can share them. */
export type CompileOptions = {
  readonly patterns?: Patterns
  /** How long compiling may take. */
  readonly watch?: Watch
}

/** Compiles the text of one expression. Throws an `ExpressionError` on what is wrong without looking at data. */
export function compileExpression(text: string, scope: Scope, options: CompileOptions = {}): Compiled {
  return compileWith(createCompileFrame(options.patterns ?? createPatterns(), options.watch), text, scope)
}

/** The frame in which a document is compiled: it bounds the work for all its templates together. */
export function createCompileFrame(patterns: Patterns, watch?: Watch): Frame {
  return createFrame(watch === undefined ? noData : { ...noData, watch }, patterns)
}

/** Compiles one expression of a document. */
export function compileWith(frame: Frame, text: string, scope: Scope): Compiled {
  const expression = parseInScope(text, scope)
  const closure = compileNode(expression, { text, scope, frame, locals: [] })
  return assemble({ text, scope, expression, closure, patterns: frame.patterns })
}

const noData: Context = { roots: {}, now: '' }

type Parts = { text: string; scope: Scope; expression: Expression; closure: Closure; patterns: Patterns }

function assemble({ text, scope, expression, closure, patterns }: Parts): Compiled {
  const size = countNodes(expression)
  const references = findReferences(expression)
  const sources = secretSources(references, scope)

  const timely = references.functions.some(makesTimes)
  const outside = (value: Json) => (timely ? plain(value) : value)

  function run(frame: Frame): Json {
    spend(frame, size)
    return outside(closure(frame))
  }
  function traced(frame: Frame): TracedWhole {
    spend(frame, size)
    const tracing = createTracing({ text, scope }, frame)
    try {
      const { value, taint } = trace(expression, tracing)
      return { value: outside(value), taint, computed: tracing.computed }
    } catch (error) {
      const tells = tracing.computed || tracing.passed
      throw tells && error instanceof ExpressionError ? aboutSecret(error) : error
    }
  }
  function mayReadSecrets({ secrets }: Context): boolean {
    return secrets !== undefined && sources.some((source) => Object.hasOwn(secrets, source))
  }
  function evaluate(context: Context): Evaluated {
    const frame = createFrame(context, patterns)
    if (!mayReadSecrets(context)) return { value: run(frame), secret_paths: none }
    const { value, taint } = traced(frame)
    return { value, secret_paths: secretPointers(value, taint) }
  }
  return { text, scope, expression, references, evaluate, run, trace: traced, mayReadSecrets }
}

const none: readonly string[] = []

/** What went wrong, and where, tells about the secret that it was made of. How long it took is known to whoever waited. */
function aboutSecret(error: ExpressionError): ExpressionError {
  const { kind, expression } = error
  if (kind === 'time') return error
  return new ExpressionError({
    kind: 'secret',
    problem: 'The expression fails on a secret value',
    remedy: 'try it with a value that is not secret',
    expression,
    at: { start: 0, end: expression.length },
    absent: error.absent,
  })
}

/** The keys under which a context would mark what the expression reads. */
function secretSources({ paths, functions }: References, scope: Scope): string[] {
  const names = paths.map(([root]) => String(root))
  const holder =
    scope.variables !== undefined && names.some((name) => !scope.roots.includes(name))
      ? [scope.variables]
      : []
  return [...new Set([...names, ...holder, ...functions.map((name) => `${name}()`)])]
}

const pathText = /^([A-Za-z_][A-Za-z0-9_]*)((?:\.[\p{L}\p{N}_\-@$]+)+)$/u

/**
 * Parses a text, taking it for a path where it can be one: `event.payload.content-type` is a key with a minus sign in
 * it, not a subtraction, if nothing else stands there and the scope knows the first name.
 */
function parseInScope(text: string, scope: Scope): Expression {
  checkTextSize(text)
  const [, root, rest] = pathText.exec(trimBlanks(text)) ?? []
  if (root === undefined || rest === undefined || !isKnownRoot(root, scope)) return parseExpression(text)
  const start = text.indexOf(root)
  const base: Expression = { kind: 'name', name: root, span: { start, end: start + root.length } }
  const path = rest.split('.').slice(1).reduce<Expression>(appendSegment, base)
  checkTreeDepth(text, path)
  return path
}

const plainSegment = /^(?:[A-Za-z_][A-Za-z0-9_]*|\d+)$/

function appendSegment(object: Expression, name: string): Expression {
  const end = object.span.end + 1 + name.length
  const span = { start: object.span.start, end }
  if (plainSegment.test(name)) return { kind: 'member', object, name, span }
  const index: Expression = { kind: 'literal', value: name, span: { start: object.span.end + 1, end } }
  return { kind: 'index', object, index, span }
}
