import { parentPort, workerData } from 'node:worker_threads'
import { compile, knownOutcomeOf, type Compilation } from '../domain/definition/matching/compiled.ts'
import type { EventDecisions } from '../domain/definition/matching/evaluator.ts'
import type { RuleToCompile } from '../domain/definition/matching/known-rule.ts'
import {
  decideEvent,
  type RuleToDecide,
  type Clock,
  type CountingWatch,
  type Debts,
} from '../domain/definition/matching/decide-event.ts'
import type { RuleOutcome } from '../domain/definition/matching/match.ts'
import { mayFire } from '../domain/definition/matching/matched-event.ts'
import { parameterProblems } from '../domain/definition/rule/parameter-problems.ts'
import { deferralOf } from '../domain/definition/matching/debt.ts'
import {
  type RuleInThread,
  type EvaluationCharge,
  type RequestEnding,
  type DecideRequest,
  type CompileRequest,
  type AnswerPart,
  places,
  type EvaluationRequest,
} from './protocol.ts'

/*
 * The thread that evaluates what users have written. It has no connection, no file and no secret but what a request
 * brings, and whoever asks ends it when a step takes too long.
 */

/** Compiling has this time by its own watch; one from outside is the net below. */
const COMPILE_MS = 250
const COMPILE_STUCK_MS = 1000
/** Judgements are told after so many milliseconds at the latest, so that little is lost when a later one is stopped. */
const TELL_MS = 20

// oxlint-disable-next-line no-unsafe-type-assertion -- the parent passes exactly this
const shared = new Int32Array(workerData as SharedArrayBuffer)
/** Rules by their stamp: as they are written until they are asked, then compiled. */
const taught = new Map<string, RuleToCompile>()
const compilations = new Map<string, Compilation>()

function begin(limit_ms: number, event: number, rule: number): void {
  Atomics.store(shared, places.limit_ms, Math.ceil(limit_ms))
  Atomics.store(shared, places.event, event)
  Atomics.store(shared, places.rule, rule)
  Atomics.add(shared, places.count, 1)
}

function rest(): void {
  begin(0, -1, -1)
}

function tell(part: AnswerPart | RequestEnding): void {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(part)
}

function compiledOf(definition: RuleToCompile): Compilation {
  const known = compilations.get(definition.stamp)
  if (known !== undefined) return known
  const timed = watch(COMPILE_MS)
  const compiled = compile(definition, timed)
  const compilation = timed.looked() && timed.over() ? tooCostly : compiled
  compilations.set(definition.stamp, compilation)
  taught.delete(definition.stamp)
  return compilation
}

const tooCostly: Compilation = {
  kind: 'broken',
  message: `Compiling the conditions and templates takes longer than ${COMPILE_MS} ms: use fewer or shorter regular expressions.`,
}

function learn({ definitions, ends_after_ms }: CompileRequest): void {
  const since = performance.now()
  for (const [place, definition] of definitions.entries()) {
    if (performance.now() - since > ends_after_ms) return
    begin(COMPILE_STUCK_MS, -1, place)
    tell({ kind: 'compiled', learned: knownOutcomeOf(compiledOf(definition)) })
  }
}

function answer(request: DecideRequest): void {
  const { events, budget, standing, stopped, ends_after_ms } = request
  for (const definition of request.definitions) taught.set(definition.stamp, definition)
  const asked = request.asked.map((one) => ({
    candidate: one.candidate,
    may: one.may,
    compilation: () => compilationOf(one),
  }))
  const since = performance.now()
  let told = since
  let bytes = 0
  let judgements: EventDecisions[] = []
  let overdue = 0
  let charges: EvaluationCharge[] = []
  const owed = new Map(request.debts?.owed)
  const flush = () => {
    tell({ kind: 'decided', judgements, standing, overdue, charges })
    judgements = []
    overdue = 0
    charges = []
  }
  for (const [place, { event, now }] of events.entries()) {
    const past = performance.now()
    if (place > 0 && (past - since > ends_after_ms || bytes > budget.event_bytes)) break
    if (past - told > TELL_MS) {
      flush()
      told = past
    }
    const clock = clockOf(place, 2 * budget.evaluation_ms + 50)
    const own = stopped.get(event.id)
    const charged = new Map<string, number>()
    const outcomes = decideEvent(
      event,
      asked.filter(({ candidate }) => mayFire(event, candidate)),
      {
        budget,
        standing,
        clock,
        now,
        debts: debtsOf(request, owed, charged),
        ...(own === undefined ? {} : { stopped: own }),
      },
    )
    rest()
    overdue += outcomes.filter((outcome) => outcome.overdue).length
    bytes += outcomes.reduce((sum, outcome) => sum + outcome.bytes, 0)
    charges.push(...Array.from(charged, ([account, ms]) => ({ account, ms })))
    judgements.push(judgementOf(outcomes, asked, request))
  }
  flush()
}

/** Who falls into debt with one event has the next ones put off. */
function debtsOf({ debts }: DecideRequest, owed: Map<string, number>, charged: Map<string, number>): Debts {
  return {
    deferral: (account) =>
      debts === undefined ? undefined : deferralOf(debts.lane_ms, owed.get(account) ?? 0),
    charge(account, ms) {
      owed.set(account, (owed.get(account) ?? 0) + ms)
      charged.set(account, (charged.get(account) ?? 0) + ms)
    },
  }
}

function compilationOf({ rule, keystore }: RuleInThread): Compilation | undefined {
  if (rule?.kind !== 'compiled') return rule
  const definition = taught.get(rule.stamp)
  const compilation = definition === undefined ? compilations.get(rule.stamp) : compiledOf(definition)
  return compilation?.kind === 'ready'
    ? { kind: 'ready', rule: { ...compilation.rule, keystore } }
    : compilation
}

function judgementOf(
  outcomes: readonly RuleOutcome[],
  asked: readonly RuleToDecide[],
  { check_parameters }: DecideRequest,
): EventDecisions {
  const fired = outcomes.flatMap(({ decision, firing }) => {
    if (firing === undefined) return []
    const rule = asked.find(({ candidate }) => candidate.id === decision.rule)?.compilation()
    const parameter_problems = check_parameters ? parameterProblems(rule, firing.config) : []
    return [{ decision, firing, parameter_problems }]
  })
  return { decisions: outcomes.map(({ decision }) => decision), fired }
}

function clockOf(event: number, limit_ms: number): Clock {
  return {
    ms: () => performance.now(),
    moment: () => Date.now(),
    watch,
    asking: (rule) => begin(limit_ms, event, rule),
  }
}

/** Time that the machine gave to others does not count: the process must have worked that long too. */
function watch(ms: number): CountingWatch {
  const since = performance.now()
  let used: number | undefined
  return {
    ms,
    looked: () => used !== undefined,
    over() {
      used ??= usedMs()
      return performance.now() - since >= ms && usedMs() - used >= 0.8 * ms
    },
  }
}

function usedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function handle(request: EvaluationRequest): void {
  switch (request.kind) {
    case 'compile':
      return learn(request)
    case 'decide':
      return answer(request)
  }
}

parentPort?.on('message', (request: EvaluationRequest | { kind: 'forget' }) => {
  if (request.kind === 'forget') {
    taught.clear()
    return compilations.clear()
  }
  try {
    handle(request)
    rest()
    tell({ kind: 'done' })
  } catch (error) {
    rest()
    tell({ kind: 'failed', error })
  }
})
