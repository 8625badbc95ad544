import type { Json, JsonObject } from '../json.ts'
import type { FieldProblem } from '../problem.ts'
import { type Compiled, type CompileOptions, compileWith, createCompileFrame } from './compile.ts'
import { ExpressionError } from './error.ts'
import { type Context, createFrame, type Frame, type Watch } from './frame.ts'
import { limits } from './limit.ts'
import { createPatterns } from './patterns.ts'
import type { References } from './references.ts'
import { type Part, pureTemplate, scanTemplates, type Scanned } from './scan.ts'
import type { Scope } from './scope.ts'
import { isTainted, pointerTo, secretPointers } from './taint.ts'
import { trimBlanks } from './text.ts'
import type { Traced } from './trace-each.ts'
import { measure, put, toText } from './value.ts'

/**
 * In strict mode every fault is an error. In lenient mode a path that leads nowhere is null, and empty in the middle of
 * text; everything else is still an error.
 */
export type TemplateMode = 'strict' | 'lenient'
export type TemplateOptions = CompileOptions & { readonly mode: TemplateMode }

export type Rendered = {
  /** The document with its templates replaced. Values from the context are shared with it, not copied. */
  value: Json
  /** JSON pointers of the places that carry a secret. */
  secret_paths: string[]
  /** Whether more was done with a secret than to hand it on: what becomes of the document then tells about it. */
  computed: boolean
  /** About how many bytes it takes as JSON. */
  bytes: number
}

/** A document whose templates are compiled once and rendered many times. */
export type CompiledTemplates = {
  /** What the templates read, each template for itself. */
  readonly references: readonly References[]
  readonly compiled: readonly Compiled[]
  /** Stops with an error as soon as the document has more than `max_bytes`. */
  render(context: Context, max_bytes?: number): Rendered
}

/** A document being rendered. `size` begins with what of it stands there as it is. */
type Rendering = {
  readonly frame: Frame
  readonly secret_paths: string[]
  readonly max_bytes: number
  computed: boolean
  size: number
}
type Renderer = (rendering: Rendering) => Json

/** A document being compiled. */
type Draft = {
  readonly scope: Scope
  readonly mode: TemplateMode
  readonly frame: Frame
  readonly templates: Compiled[]
}
type Place = { readonly field: string; readonly pointer: string; readonly depth: number }

/**
 * Compiles every template in the strings of a document, however deep. Keys, numbers, booleans and null stay as they
 * are, and what a template yields is not looked at for templates again. Throws an `ExpressionError` that names the
 * field.
 */
export function compileTemplates(document: Json, scope: Scope, options: TemplateOptions): CompiledTemplates {
  const patterns = options.patterns ?? createPatterns()
  const draft: Draft = {
    scope,
    mode: options.mode,
    frame: createCompileFrame(patterns, options.watch),
    templates: [],
  }
  const renderer = compileValue(document, root, draft)
  const lenient = options.mode === 'lenient'
  const literal_bytes = measure(document, Infinity)
  return {
    references: draft.templates.map(({ references }) => references),
    compiled: draft.templates,
    render(context, max_bytes = Math.max(limits.valueBytes, literal_bytes)) {
      const frame = createFrame(context, patterns, lenient)
      const rendering: Rendering = {
        frame,
        secret_paths: [],
        max_bytes,
        computed: false,
        size: literal_bytes,
      }
      if (literal_bytes > max_bytes) throw tooLarge(rendering, '')
      const value = renderer(rendering)
      const { secret_paths, computed, size } = rendering
      return { value, secret_paths, computed, bytes: size }
    },
  }
}

const root: Place = { field: '', pointer: '', depth: 0 }

function compileValue(value: Json, place: Place, draft: Draft): Renderer {
  if (typeof value === 'string') return inField(place, () => compileText(value, place, draft))
  if (typeof value !== 'object' || value === null) return () => value
  if (place.depth > limits.valueDepth) throw tooDeep(place)
  if (Array.isArray(value)) {
    const items = value.map((item, i) => compileValue(item, below(place, i), draft))
    return (rendering) => items.map((item) => item(rendering))
  }
  const members = Object.entries(value).map(
    ([key, member]) => [key, compileValue(member, below(place, key), draft)] as const,
  )
  return (rendering) => {
    const object: JsonObject = {}
    for (const [key, member] of members) put(object, key, member(rendering))
    return object
  }
}

function below({ field, pointer, depth }: Place, key: string | number): Place {
  const name = typeof key === 'number' ? `[${key}]` : `${field === '' ? '' : '.'}${key}`
  return { field: `${field}${name}`, pointer: pointerTo(pointer, String(key)), depth: depth + 1 }
}

function tooDeep({ field }: Place): ExpressionError {
  const problem = `The document nests deeper than ${limits.valueDepth} levels`
  const at = { start: 0, end: 0 }
  return new ExpressionError({ kind: 'limit', problem, remedy: 'flatten it', expression: '', at, field })
}

/** Lets errors say where in the document they arise. */
function inField<T>({ field }: Place, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof ExpressionError && error.field === undefined ? error.inField(field) : error
  }
}

function compileText(text: string, place: Place, draft: Draft): Renderer {
  const scanned = scanTemplates(text)
  const pure = pureTemplate(scanned)
  if (pure !== undefined) return renderPure(compilePart(pure, draft), place)
  if (scanned.parts.every(({ kind }) => kind === 'text')) return () => text
  return compileMixed(scanned, place, draft)
}

/** Undefined for an empty template of lenient mode, which yields null. */
function compilePart({ text }: Part, draft: Draft): Compiled | undefined {
  const trimmed = trimBlanks(text)
  if (trimmed === '' && draft.mode === 'lenient') return undefined
  const compiled = compileWith(draft.frame, trimmed, draft.scope)
  draft.templates.push(compiled)
  if (draft.templates.length > limits.templates) throw tooMany(trimmed)
  return compiled
}

function tooMany(expression: string): ExpressionError {
  const problem = `The document has more than ${limits.templates} templates`
  return new ExpressionError({
    kind: 'limit',
    problem,
    remedy: 'split it up',
    expression,
    at: { start: 0, end: 0 },
  })
}

function renderPure(compiled: Compiled | undefined, place: Place): Renderer {
  if (compiled === undefined) return () => null
  return (rendering) =>
    inField(place, () => {
      const value = evaluate(compiled, place, rendering)
      account(rendering, measure(value, limits.valueBytes), compiled)
      return value
    })
}

function evaluate(compiled: Compiled, place: Place, rendering: Rendering): Json {
  const { value, taint } = valueOf(compiled, rendering)
  for (const pointer of secretPointers(value, taint, place.pointer)) rendering.secret_paths.push(pointer)
  return value
}

/** Keeps account of secrets only where there may be some. */
function valueOf(compiled: Compiled, rendering: Rendering): Traced {
  const { frame } = rendering
  if (!compiled.mayReadSecrets(frame.context)) return { value: compiled.run(frame), taint: null }
  const traced = compiled.trace(frame)
  rendering.computed ||= traced.computed
  return traced
}

/** Adds up what the document has become so far: text around templates too, and each template for what it yields. */
function account(rendering: Rendering, bytes: number, { text }: Compiled): void {
  rendering.size += bytes
  if (rendering.size > rendering.max_bytes) throw tooLarge(rendering, text)
}

function tooLarge({ max_bytes }: Rendering, expression: string): ExpressionError {
  const problem = `The document renders to more than ${max_bytes} bytes, or deeper than ${limits.valueDepth} levels`
  const at = { start: 0, end: expression.length }
  return new ExpressionError({
    kind: 'limit',
    problem,
    remedy: 'pass a reference to large data',
    expression,
    at,
  })
}

function compileMixed({ parts }: Scanned, place: Place, draft: Draft): Renderer {
  const pieces = parts.map((part) => (part.kind === 'text' ? part.text : compilePart(part, draft)))
  return (rendering) =>
    inField(place, () => {
      let text = ''
      let secret = false
      for (const piece of pieces) {
        if (piece === undefined) continue
        if (typeof piece === 'string') text += piece
        else {
          const inserted = renderInText(piece, rendering)
          text += inserted.text
          secret ||= inserted.secret
        }
      }
      if (secret) rendering.secret_paths.push(place.pointer)
      return text
    })
}

/** What a template puts into text: nothing for null, JSON for what is no text. */
function renderInText(compiled: Compiled, rendering: Rendering): { text: string; secret: boolean } {
  const { frame } = rendering
  const { value, taint } = valueOf(compiled, rendering)
  frame.at = { text: compiled.text, span: compiled.expression.span }
  const text = value === null ? '' : toText(frame, value)
  account(rendering, Buffer.byteLength(text), compiled)
  return { text, secret: isTainted(taint) }
}

/**
 * Everything that is wrong with the templates of a document, by field, without data: for the moment it is saved. Also
 * reports what would render, but hardly as meant: braces that are not closed, and an empty template.
 */
export function checkTemplates(document: Json, scope: Scope, watch?: Watch): FieldProblem[] {
  const check: Check = {
    scope,
    frame: createCompileFrame(createPatterns(), watch),
    problems: [],
    templates: 0,
  }
  checkValue(document, root, check)
  if (check.templates > limits.templates) {
    check.problems.push({ field: '', message: tooMany('').message })
  }
  return check.problems
}

type Check = {
  readonly scope: Scope
  readonly frame: Frame
  readonly problems: FieldProblem[]
  templates: number
}

function checkValue(value: Json, place: Place, check: Check): void {
  if (typeof value === 'string') return checkText(value, place, check)
  if (typeof value !== 'object' || value === null) return
  if (place.depth > limits.valueDepth) {
    check.problems.push({ field: place.field, message: tooDeep(place).message })
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => checkValue(item, below(place, i), check))
  } else {
    for (const [key, member] of Object.entries(value)) checkValue(member, below(place, key), check)
  }
}

function checkText(text: string, { field }: Place, check: Check): void {
  if (check.templates > limits.templates) return
  const { parts, unclosed } = scanTemplates(text)
  if (unclosed !== undefined) {
    const message = `'{{' at position ${unclosed + 1} is not closed: end the template with '}}', or write {{ "{{" }} for braces.`
    check.problems.push({ field, message })
  }
  for (const part of parts) {
    if (part.kind === 'text') continue
    check.templates += 1
    if (check.templates <= limits.templates) checkPart(part, field, check)
  }
}

function checkPart({ text }: Part, field: string, { scope, frame, problems }: Check): void {
  const trimmed = trimBlanks(text)
  if (trimmed === '') {
    problems.push({ field, message: "The template is empty: write an expression between '{{' and '}}'." })
    return
  }
  try {
    compileWith(frame, trimmed, scope)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    problems.push({ field, message: error.message })
  }
}
