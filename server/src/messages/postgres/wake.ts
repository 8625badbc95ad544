import type { Database } from '../../database/database.ts'
import type { Log } from '../../observe/log.ts'
import type { Signal } from '../../waiting/signal.ts'
import { ListenSession } from './listen-session.ts'

const CHANNEL = 'attune_message'

/**
 * Tells consumers that a queue has something: those of this process through a signal, those of others through
 * one NOTIFY for all queues of a moment, sent outside the writing transaction (a notifying commit is serialised
 * with every other). A lost NOTIFY costs a poll interval, never a message.
 */
export class WakeUps {
  readonly #log: Log
  readonly #signals = new Map<string, Set<Signal>>()
  readonly #waiting = new Set<string>()
  #others = new Set<string>()
  #session: ListenSession | undefined
  #flushing = false

  constructor(log: Log) {
    this.#log = log
  }

  /** Listens from now on. */
  async listen(database: Database): Promise<void> {
    this.#session = new ListenSession({
      database,
      channel: CHANNEL,
      log: this.#log,
      heard: (payload) => {
        for (const queue of payload.split('\n')) this.#signal(queue)
      },
      opened: () => {
        for (const queue of this.#signals.keys()) this.#signal(queue) // what came while nobody listened
        if (!this.#flushing) void this.#flush()
      },
    })
    await this.#session.open()
  }

  subscribe(queue: string, signal: Signal): () => void {
    const signals = this.#signals.get(queue) ?? new Set()
    this.#signals.set(queue, signals.add(signal))
    return () => signals.delete(signal)
  }

  /** Names the queues that processes other than this one listen to. */
  othersListenTo(queues: Set<string>): void {
    this.#others = queues
  }

  /** Call after the commit that wrote to these queues. */
  written(queues: Iterable<string>): void {
    for (const queue of queues) {
      this.#signal(queue)
      if (this.#others.has(queue)) this.#waiting.add(queue)
    }
    if (this.#waiting.size > 0 && !this.#flushing) void this.#flush()
  }

  async close(): Promise<void> {
    await this.#session?.close()
  }

  /** Why nobody is woken across processes, where that is so. */
  get trouble(): string | undefined {
    const reason = this.#session?.trouble
    return reason === undefined
      ? undefined
      : `Messages of other processes are found by looking, once a second, and not when they come: the session that listens for them is lost: ${reason}.`
  }

  #signal(queue: string): void {
    for (const signal of this.#signals.get(queue) ?? []) signal.notify()
  }

  /** What could not be said waits for the next session. */
  async #flush(): Promise<void> {
    this.#flushing = true
    while (this.#waiting.size > 0) {
      const queues = [...this.#waiting].slice(0, 100)
      for (const queue of queues) this.#waiting.delete(queue)
      if ((await this.#session?.notify(queues.join('\n'))) === true) continue
      for (const queue of queues) this.#waiting.add(queue)
      break
    }
    this.#flushing = false
  }
}
