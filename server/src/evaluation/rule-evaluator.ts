import { measure } from '../expressions/value.ts'
import type { AskedRule, Evaluator, Job, Judgement } from '../domain/definition/matching/evaluator.ts'
import type { Definition, Lesson } from '../domain/definition/matching/lesson.ts'
import { mayFire } from '../domain/definition/matching/matched-event.ts'
import {
  type Budget,
  emptyStanding,
  forgetPast,
  noteSlow,
  type Standing,
} from '../domain/definition/matching/standing.ts'
import { charge, forgetSettled, type Ledger, owedBy } from '../domain/definition/matching/debt.ts'
import type { Id } from '../id.ts'
import type { AskedInThread, JudgeRequest, Part } from './protocol.ts'
import { Stuck, WatchedThread } from './watched-thread.ts'

/** Rules that are kept compiled, by number and by size of what they are written as. */
const KEPT = { rules: 5000, bytes: 64 * 1024 * 1024 }
/** Payloads that are in the thread at once. */
const SLICE_BYTES = 8 * 1024 * 1024

export type EvaluatorOptions = {
  budget: Budget
  /** What accounts owe, kept together with the other evaluators of a role. */
  ledger: Ledger
  /** Whether rules of accounts in debt are put off. */
  defers: boolean
  /** Told of evaluations that took too long, by what ended them. */
  overdue(how: 'given_up' | 'stopped', count: number): void
}

/** Evaluates rules in a thread of its own, with a budget, and begins another thread when one had to be ended. */
export class RuleEvaluator implements Evaluator {
  readonly #options: EvaluatorOptions
  readonly #thread: WatchedThread
  readonly #lessons = new Map<string, Lesson>()
  #bytes = 0
  /** Stamps of the rules that the thread has. */
  readonly #taught = new Set<string>()
  #standing: Standing = emptyStanding()
  readonly #forgiven: Id<'rule'>[] = []

  constructor(options: EvaluatorOptions) {
    this.#options = options
    this.#thread = new WatchedThread(() => this.#taught.clear())
  }

  /** Begins the thread, which takes a tenth of a second: the first event need not wait for it. */
  warm(): Promise<void> {
    const nothing = { kind: 'learn', definitions: [], ends_after_ms: 0 } as const
    return this.#thread.inTurn(() => this.#thread.ask(nothing, () => undefined))
  }

  known(stamp: string): Lesson | undefined {
    return this.#lessons.get(stamp)
  }

  forgive(rule: Id<'rule'>): void {
    this.#forgiven.push(rule)
  }

  close(): Promise<void> {
    return this.#thread.close()
  }

  learn(definitions: readonly Definition[]): Promise<Lesson[]> {
    return this.#thread.inTurn(async () => {
      const lessons: Lesson[] = []
      const since = performance.now()
      while (lessons.length < definitions.length) {
        const ends_after_ms = this.#options.budget.batch_ms - (performance.now() - since)
        if (ends_after_ms < 0) break
        const rest = definitions.slice(lessons.length)
        try {
          await this.#thread.ask({ kind: 'learn', definitions: rest, ends_after_ms }, (part) => {
            const definition = definitions[lessons.length]
            if (part.kind !== 'learned' || definition === undefined) return
            this.#taught.add(definition.stamp)
            lessons.push({ definition, learned: part.learned })
          })
        } catch (error) {
          const definition = definitions[lessons.length]
          if (!(error instanceof Stuck) || definition === undefined) throw error
          this.#options.overdue('stopped', 1)
          lessons.push({ definition, learned: { kind: 'broken', message: UNREADABLE } })
        }
      }
      this.#keep(lessons)
      return [...lessons, ...definitions.slice(lessons.length).map(unlearned)]
    })
  }

  #keep(lessons: readonly Lesson[]): void {
    for (const lesson of lessons) {
      this.#bytes += sizeOf(lesson.definition)
      this.#lessons.set(lesson.definition.stamp, lesson)
    }
    if (this.#lessons.size <= KEPT.rules && this.#bytes <= KEPT.bytes) return
    this.#lessons.clear()
    this.#bytes = 0
    for (const lesson of lessons) this.#lessons.set(lesson.definition.stamp, lesson)
    this.#taught.clear()
    this.#thread.forget()
  }

  judge(job: Job): Promise<Judgement[]> {
    return this.#thread.inTurn(() => this.#judge(job))
  }

  async #judge(job: Job): Promise<Judgement[]> {
    const since = performance.now()
    const judgements: Judgement[] = []
    const stopped = new Map<number, Map<number, number>>()
    while (judgements.length < job.sittings.length) {
      const ends_after_ms = this.#options.budget.batch_ms - (performance.now() - since)
      if (judgements.length > 0 && ends_after_ms < 0) break
      const before = judgements.length
      const sittings = sliceFrom(job.sittings, before)
      try {
        await this.#thread.ask(this.#request(job, { sittings, stopped, ends_after_ms }), (part) =>
          this.#hear(part, judgements),
        )
        if (judgements.length < before + sittings.length) break
      } catch (error) {
        if (!(error instanceof Stuck)) throw error
        this.#blame(error, { job, sittings, stopped })
      }
    }
    return judgements
  }

  #request(
    { asked, check_parameters }: Job,
    rest: Pick<JudgeRequest, 'sittings' | 'stopped' | 'ends_after_ms'>,
  ): JudgeRequest {
    this.#thread.begin() // a new one knows nothing
    const now = Date.now()
    forgetPast(this.#standing, now)
    forgetSettled(this.#options.ledger, now)
    for (const rule of this.#forgiven.splice(0)) this.#standing.rules.delete(rule)
    const definitions = asked.flatMap(({ lesson }) =>
      lesson?.learned.kind !== 'ready' || this.#taught.has(lesson.definition.stamp)
        ? []
        : [lesson.definition],
    )
    for (const { stamp } of definitions) this.#taught.add(stamp)
    return {
      kind: 'judge',
      definitions,
      asked: asked.map(toThread),
      check_parameters: check_parameters === true,
      budget: this.#options.budget,
      standing: this.#standing,
      debts: this.#debts(asked, now),
      ...rest,
    }
  }

  #debts(asked: Job['asked'], now: number): JudgeRequest['debts'] {
    const { ledger, defers } = this.#options
    if (!defers) return undefined
    const accounts = [...new Set(asked.map(({ candidate }) => candidate.account))]
    const owed = new Map(accounts.map((account) => [account, owedBy(ledger, account, now)]))
    return { lane_ms: ledger.lane_ms, owed }
  }

  #hear(part: Part, judgements: Judgement[]): void {
    if (part.kind !== 'judged') return
    judgements.push(...part.judgements)
    this.#standing = part.standing
    const now = Date.now()
    for (const { account, ms } of part.charges) charge(this.#options.ledger, account, { ms, now })
    if (part.overdue > 0) this.#options.overdue('given_up', part.overdue)
  }

  /** A step that ended its thread is not begun again. */
  #blame(
    stuck: Stuck,
    {
      job,
      sittings,
      stopped,
    }: { job: Job; sittings: Job['sittings']; stopped: Map<number, Map<number, number>> },
  ): void {
    const { event, rule, ms } = stuck
    const sitting = sittings[event]
    const candidates = job.asked.filter(
      ({ candidate }) => sitting !== undefined && mayFire(sitting.event, candidate),
    )
    const candidate = candidates[rule]?.candidate
    if (sitting === undefined || candidate === undefined) throw stuck
    const { budget, overdue } = this.#options
    const took = Math.max(ms, budget.event_ms / 2) // it costs a thread too
    const of = stopped.get(sitting.event.id) ?? new Map<number, number>()
    stopped.set(sitting.event.id, of.set(rule, took))
    noteSlow(this.#standing, candidate, { ms: 2 * took, overdue: true, stopped: true, now: Date.now() })
    overdue('stopped', 1)
  }
}

/** Not kept: the next batch goes on where this one had to stop. */
function unlearned(definition: Definition): Lesson {
  const message =
    'There was no time to compile the rule: others that are new took it; it is compiled with the next event.'
  return { definition, learned: { kind: 'broken', message } }
}

const UNREADABLE = 'The conditions and templates of the rule take too long to be compiled; make them shorter.'

function toThread({ candidate, lesson, keystore, may }: AskedRule): AskedInThread {
  if (lesson === undefined) return { candidate, keystore, may, rule: undefined }
  const { definition, learned } = lesson
  const rule = learned.kind === 'broken' ? learned : { kind: 'taught' as const, stamp: definition.stamp }
  return { candidate, keystore, may, rule }
}

function sizeOf({ conditions, action_params, pack_config, conf_schema, param_schema }: Definition): number {
  return measure([conditions, action_params, pack_config, conf_schema, param_schema], Infinity)
}

/** As many events as fit into the thread, at least one. */
function sliceFrom(sittings: Job['sittings'], from: number): Job['sittings'] {
  let bytes = 0
  let end = from
  do {
    bytes += measure(sittings[end]?.event.payload ?? null, SLICE_BYTES)
    end += 1
  } while (end < sittings.length && bytes < SLICE_BYTES)
  return sittings.slice(from, end)
}
