import { Worker } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { type RequestEnding, type AnswerPart, PLACES, places, type EvaluationRequest } from './protocol.ts'

const LOOK_MS = 20
/** A thread that needs more ends by itself, and nothing but it. */
const HEAP_MB = 512

/** What a thread was doing when it ended or had to be ended; event and rule are -1 for what is no evaluation. */
export class StuckThread extends Error {
  readonly event: number
  readonly rule: number
  readonly ms: number

  constructor(step: { event: number; rule: number; ms: number }, cause?: unknown) {
    super(`The thread that evaluates was ended${cause === undefined ? ': a step took too long' : ''}.`, {
      cause,
    })
    this.event = step.event
    this.rule = step.rule
    this.ms = step.ms
  }
}

/** What was seen of a step when it was looked at first. */
type Seen = { count: number; since: number; used: number }

/**
 * One thread, and who watches it. Nothing inside a thread can be trusted to stop a step that takes too long (a regular
 * expression, a sort), so it is looked at from here and ended. Requests go one after the other.
 */
export class WatchedThread {
  readonly #shared = new Int32Array(new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT))
  #worker: Worker | undefined
  /** Who waits for what the thread says. */
  #asking: { told: (part: AnswerPart) => void; ended: (error?: unknown) => void } | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false
  /** Told when a thread begins, which knows nothing yet. */
  readonly #began: () => void

  constructor(began: () => void) {
    this.#began = began
  }

  /** Runs `work` when nobody else's does; `ask` may be called in it only. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  /** Throws `Stuck` for a step that took too long, or that took the thread down with it. */
  async ask(request: EvaluationRequest, told: (part: AnswerPart) => void): Promise<void> {
    const worker = this.begin()
    Atomics.store(this.#shared, places.limit_ms, 0) // what an earlier thread was stopped in is past
    Atomics.store(this.#shared, places.event, -1)
    const stopWatching = this.#watch(worker)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#asking = {
          told,
          ended: (error) => (error === undefined ? resolve() : reject(error)),
        }
        // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
        worker.postMessage(request)
      })
    } finally {
      this.#asking = undefined
      stopWatching()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
    this.#worker = undefined
  }

  forget(): void {
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    this.#worker?.postMessage({ kind: 'forget' })
  }

  /** The thread, begun anew where there is none. */
  begin(): Worker {
    if (this.#worker !== undefined) return this.#worker
    if (this.#closed) throw new Error('The process stops and evaluates nothing more.')
    const worker = new Worker(SCRIPT, {
      workerData: this.#shared.buffer,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      execArgv: [],
      env: {},
    })
    worker.unref()
    worker.on('message', (message: AnswerPart | RequestEnding) => this.#hear(message))
    worker.on('error', (error) => this.#lose(worker, this.#stuck(0, error)))
    worker.on('exit', (code) => this.#lose(worker, this.#stuck(0, new Error(`It ended with ${code}.`))))
    this.#worker = worker
    this.#began()
    return worker
  }

  #hear(message: AnswerPart | RequestEnding): void {
    switch (message.kind) {
      case 'compiled':
      case 'decided':
        return this.#asking?.told(message)
      case 'done':
        return this.#asking?.ended()
      case 'failed':
        return this.#asking?.ended(message.error)
    }
  }

  /** The thread is gone; the next request begins another. */
  #lose(worker: Worker, error: StuckThread): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#asking?.ended(error)
  }

  #stuck(ms: number, cause?: unknown): StuckThread {
    const event = Atomics.load(this.#shared, places.event)
    return new StuckThread({ event, rule: Atomics.load(this.#shared, places.rule), ms }, cause)
  }

  /** Ends the thread when a step takes longer than it may, by the clock and by what the process has worked. */
  #watch(worker: Worker): () => void {
    let seen = this.#look()
    const timer = setInterval(() => {
      const limit_ms = Atomics.load(this.#shared, places.limit_ms)
      const now = this.#look()
      if (limit_ms === 0 || now.count !== seen.count) seen = now
      if (now.since - seen.since < limit_ms || now.used - seen.used < limit_ms || limit_ms === 0) return
      this.#lose(worker, this.#stuck(now.since - seen.since))
      void worker.terminate()
    }, LOOK_MS)
    return () => clearInterval(timer)
  }

  #look(): Seen {
    const { user, system } = process.cpuUsage()
    const count = Atomics.load(this.#shared, places.count)
    return { count, since: performance.now(), used: (user + system) / 1000 }
  }
}

/** Works from src and from dist: both lie equally deep. */
const SCRIPT = fileURLToPath(new URL('../../dist/evaluation/thread.js', import.meta.url))
