import { measure } from '../expressions/value.ts'
import type {
  RuleToEvaluate,
  Evaluator,
  EvaluationJob,
  EventDecisions,
} from '../domain/definition/matching/evaluator.ts'
import type { RuleToCompile, KnownRule } from '../domain/definition/matching/known-rule.ts'
import { mayFire } from '../domain/definition/matching/matched-event.ts'
import {
  type EvaluationBudget,
  noSlowness,
  forgetPast,
  noteSlow,
  type SlownessRecord,
} from '../domain/definition/matching/slowness.ts'
import { charge, forgetSettled, type Ledger, owedBy } from '../domain/definition/matching/debt.ts'
import type { Id } from '../id.ts'
import type { RuleInThread, DecideRequest, AnswerPart } from './protocol.ts'
import { StuckThread, WatchedThread } from './watched-thread.ts'

/** Rules that are kept compiled, by number and by size of what they are written as. */
const KEPT = { rules: 5000, bytes: 64 * 1024 * 1024 }
/** Payloads that are in the thread at once. */
const SLICE_BYTES = 8 * 1024 * 1024

export type EvaluatorOptions = {
  budget: EvaluationBudget
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
  readonly #known = new Map<string, KnownRule>()
  #bytes = 0
  /** Stamps of the rules that the thread has. */
  readonly #compiled = new Set<string>()
  #standing: SlownessRecord = noSlowness()
  readonly #reset: Id<'rule'>[] = []

  constructor(options: EvaluatorOptions) {
    this.#options = options
    this.#thread = new WatchedThread(() => this.#compiled.clear())
  }

  /** Begins the thread, which takes a tenth of a second: the first event need not wait for it. */
  warm(): Promise<void> {
    const nothing = { kind: 'compile', definitions: [], ends_after_ms: 0 } as const
    return this.#thread.inTurn(() => this.#thread.ask(nothing, () => undefined))
  }

  known(stamp: string): KnownRule | undefined {
    return this.#known.get(stamp)
  }

  reset(rule: Id<'rule'>): void {
    this.#reset.push(rule)
  }

  close(): Promise<void> {
    return this.#thread.close()
  }

  compile(definitions: readonly RuleToCompile[]): Promise<KnownRule[]> {
    return this.#thread.inTurn(async () => {
      const known: KnownRule[] = []
      const since = performance.now()
      while (known.length < definitions.length) {
        const ends_after_ms = this.#options.budget.batch_ms - (performance.now() - since)
        if (ends_after_ms < 0) break
        const rest = definitions.slice(known.length)
        try {
          await this.#thread.ask({ kind: 'compile', definitions: rest, ends_after_ms }, (part) => {
            const definition = definitions[known.length]
            if (part.kind !== 'compiled' || definition === undefined) return
            this.#compiled.add(definition.stamp)
            known.push({ definition, learned: part.learned })
          })
        } catch (error) {
          const definition = definitions[known.length]
          if (!(error instanceof StuckThread) || definition === undefined) throw error
          this.#options.overdue('stopped', 1)
          known.push({ definition, learned: { kind: 'broken', message: UNREADABLE } })
        }
      }
      this.#keep(known)
      return [...known, ...definitions.slice(known.length).map(notCompiled)]
    })
  }

  #keep(known: readonly KnownRule[]): void {
    for (const rule of known) {
      this.#bytes += sizeOf(rule.definition)
      this.#known.set(rule.definition.stamp, rule)
    }
    if (this.#known.size <= KEPT.rules && this.#bytes <= KEPT.bytes) return
    this.#known.clear()
    this.#bytes = 0
    for (const rule of known) this.#known.set(rule.definition.stamp, rule)
    this.#compiled.clear()
    this.#thread.forget()
  }

  decide(job: EvaluationJob): Promise<EventDecisions[]> {
    return this.#thread.inTurn(() => this.#decide(job))
  }

  async #decide(job: EvaluationJob): Promise<EventDecisions[]> {
    const since = performance.now()
    const judgements: EventDecisions[] = []
    const stopped = new Map<number, Map<number, number>>()
    while (judgements.length < job.events.length) {
      const ends_after_ms = this.#options.budget.batch_ms - (performance.now() - since)
      if (judgements.length > 0 && ends_after_ms < 0) break
      const before = judgements.length
      const events = sliceFrom(job.events, before)
      try {
        await this.#thread.ask(this.#request(job, { events, stopped, ends_after_ms }), (part) =>
          this.#hear(part, judgements),
        )
        if (judgements.length < before + events.length) break
      } catch (error) {
        if (!(error instanceof StuckThread)) throw error
        this.#blame(error, { job, events, stopped })
      }
    }
    return judgements
  }

  #request(
    { asked, check_parameters }: EvaluationJob,
    rest: Pick<DecideRequest, 'events' | 'stopped' | 'ends_after_ms'>,
  ): DecideRequest {
    this.#thread.begin() // a new one knows nothing
    const now = Date.now()
    forgetPast(this.#standing, now)
    forgetSettled(this.#options.ledger, now)
    for (const rule of this.#reset.splice(0)) this.#standing.rules.delete(rule)
    const definitions = asked.flatMap(({ known }) =>
      known?.learned.kind !== 'ready' || this.#compiled.has(known.definition.stamp) ? [] : [known.definition],
    )
    for (const { stamp } of definitions) this.#compiled.add(stamp)
    return {
      kind: 'decide',
      definitions,
      asked: asked.map(toThread),
      check_parameters: check_parameters === true,
      budget: this.#options.budget,
      standing: this.#standing,
      debts: this.#debts(asked, now),
      ...rest,
    }
  }

  #debts(asked: EvaluationJob['asked'], now: number): DecideRequest['debts'] {
    const { ledger, defers } = this.#options
    if (!defers) return undefined
    const accounts = [...new Set(asked.map(({ candidate }) => candidate.account))]
    const owed = new Map(accounts.map((account) => [account, owedBy(ledger, account, now)]))
    return { lane_ms: ledger.lane_ms, owed }
  }

  #hear(part: AnswerPart, judgements: EventDecisions[]): void {
    if (part.kind !== 'decided') return
    judgements.push(...part.judgements)
    this.#standing = part.standing
    const now = Date.now()
    for (const { account, ms } of part.charges) charge(this.#options.ledger, account, { ms, now })
    if (part.overdue > 0) this.#options.overdue('given_up', part.overdue)
  }

  /** A step that ended its thread is not begun again. */
  #blame(
    stuck: StuckThread,
    {
      job,
      events,
      stopped,
    }: { job: EvaluationJob; events: EvaluationJob['events']; stopped: Map<number, Map<number, number>> },
  ): void {
    const { event, rule, ms } = stuck
    const evaluated = events[event]
    const candidates = job.asked.filter(
      ({ candidate }) => evaluated !== undefined && mayFire(evaluated.event, candidate),
    )
    const candidate = candidates[rule]?.candidate
    if (evaluated === undefined || candidate === undefined) throw stuck
    const { budget, overdue } = this.#options
    const took = Math.max(ms, budget.event_ms / 2) // it costs a thread too
    const of = stopped.get(evaluated.event.id) ?? new Map<number, number>()
    stopped.set(evaluated.event.id, of.set(rule, took))
    noteSlow(this.#standing, candidate, { ms: 2 * took, overdue: true, stopped: true, now: Date.now() })
    overdue('stopped', 1)
  }
}

/** Not kept: the next batch goes on where this one had to stop. */
function notCompiled(definition: RuleToCompile): KnownRule {
  const message =
    'There was no time to compile the rule: others that are new took it; it is compiled with the next event.'
  return { definition, learned: { kind: 'broken', message } }
}

const UNREADABLE = 'The conditions and templates of the rule take too long to be compiled; make them shorter.'

function toThread({ candidate, known, keystore, may }: RuleToEvaluate): RuleInThread {
  if (known === undefined) return { candidate, keystore, may, rule: undefined }
  const { definition, learned } = known
  const rule = learned.kind === 'broken' ? learned : { kind: 'compiled' as const, stamp: definition.stamp }
  return { candidate, keystore, may, rule }
}

function sizeOf({
  conditions,
  action_params,
  pack_config,
  conf_schema,
  param_schema,
}: RuleToCompile): number {
  return measure([conditions, action_params, pack_config, conf_schema, param_schema], Infinity)
}

/** As many events as fit into the thread, at least one. */
function sliceFrom(events: EvaluationJob['events'], from: number): EvaluationJob['events'] {
  let bytes = 0
  let end = from
  do {
    bytes += measure(events[end]?.event.payload ?? null, SLICE_BYTES)
    end += 1
  } while (end < events.length && bytes < SLICE_BYTES)
  return events.slice(from, end)
}
