import type { Json } from '../json.ts'
import { ExpressionError, type ExpressionErrorKind, type Span } from './error.ts'
import { limits } from './limit.ts'
import type { Patterns } from './patterns.ts'
import type { Instant } from './time.ts'

/** A value, or how to get it: asked for at each use, so a costly one remembers its answer. */
export type Supplied = Json | (() => Json | undefined)

/**
 * The data of one evaluation. Nothing in it is changed, and results may share structure with it.
 *
 * `secrets` marks what is secret by JSON pointers below a root ('' is the whole root). The result of a workflow
 * function is marked under its name followed by `()`.
 */
export type Context = {
  readonly roots: { readonly [name: string]: Supplied }
  readonly functions?: { readonly [name: string]: () => Json }
  readonly secrets?: { readonly [root: string]: readonly string[] }
  /** What `now()` says, or how to find out: RFC 3339, UTC, with milliseconds. Asked at most once. */
  readonly now: string | (() => string)
  /** How long it may take; without it steps alone bound it. */
  readonly watch?: Watch
}

/** The time that an evaluation has. Steps bound what it does, this bounds what that takes. */
export type Watch = { readonly ms: number; over(): boolean }

/** A place in the text of an expression that can be named in an error. */
export type Site = { readonly text: string; readonly span: Span }

/**
 * The state of one evaluation. `at` is where an operator or function is being applied, set just before it is, so
 * that the many small functions need no parameter for it.
 */
export type Frame = {
  readonly context: Context
  readonly patterns: Patterns
  /** A path that leads nowhere is null instead of an error … */
  readonly lenient: boolean
  /** … except where has() and default() ask whether it leads somewhere. */
  probing: boolean
  at: Site
  steps: number
  /** Where `steps` has to fall to before the watch is looked at again. */
  look: number
  now: Instant | undefined
  /** The elements that the calls around look at, such as `x` in `any(x in list, …)`, from the outside in. */
  readonly locals: Json[]
}

/** An expression ready to run. */
export type Closure = (frame: Frame) => Json

const nowhere: Site = { text: '', span: { start: 0, end: 0 } }

export function createFrame(context: Context, patterns: Patterns, lenient = false): Frame {
  const { steps } = limits
  const look = context.watch === undefined ? 0 : steps - STEPS_BETWEEN_LOOKS
  return {
    context,
    patterns,
    lenient,
    probing: false,
    at: nowhere,
    steps,
    look,
    now: undefined,
    locals: [],
  }
}

/** A few milliseconds at worst. What takes fewer steps is never held up by a machine that is busy with other things. */
const STEPS_BETWEEN_LOOKS = 2000

/** Stops the evaluation with an error about the place where it is. */
export function fail(frame: Frame, kind: ExpressionErrorKind, problem: string, remedy: string): never {
  const { text, span } = frame.at
  throw new ExpressionError({ kind, problem, remedy, expression: text, at: span })
}

/** Pays for work that grows with the data. */
export function spend(frame: Frame, steps: number): void {
  frame.steps -= steps
  if (frame.steps < frame.look) lookAround(frame)
}

function lookAround(frame: Frame): void {
  if (frame.steps < 0) {
    fail(
      frame,
      'limit',
      `The evaluation takes more than ${limits.steps} steps`,
      'work on fewer or smaller values',
    )
  }
  const { watch } = frame.context
  if (watch?.over() === true) {
    fail(frame, 'time', `The evaluation takes longer than ${watch.ms} ms`, 'work on fewer or smaller values')
  }
  frame.look = Math.max(0, frame.steps - STEPS_BETWEEN_LOOKS)
}

/** Lets an array be made only if it is not too long. */
export function checkElements(frame: Frame, count: number): void {
  if (count <= limits.elements) return
  fail(
    frame,
    'limit',
    `The array would have more than ${limits.elements} elements`,
    'work on a part of the data',
  )
}

/** Lets a text be made only if it is not too long. */
export function checkTextLength(frame: Frame, length: number): void {
  if (length <= limits.valueBytes) return
  fail(
    frame,
    'limit',
    `The text would be longer than ${limits.valueBytes} bytes`,
    'keep large data in an artifact',
  )
}

/** The source text of the place, short enough for a message. */
export function sourceOf(site: Site): string {
  const source = site.text.slice(site.span.start, site.span.end)
  return source.length > 60 ? `${source.slice(0, 60)}…` : source
}
