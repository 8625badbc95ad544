const CAPACITY = 1000
const IN_FLIGHT = 64
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 30_000
const GIVE_UP_MS = 10 * 60_000
/** While the process ends, there is no time to be patient. */
const CLOSING_RETRY_MS = 250

/**
 * @typedef {{ trigger_ref: string, trigger_instance_id: string, dedupe_key: string, payload: object }} Event
 * @typedef {{ event: Event, since: number, attempts: number, timeout?: NodeJS.Timeout }} Entry
 */

/**
 * Events on their way to the API, at most CAPACITY of them. While the API is away they wait and are tried
 * again, with the same dedupe key, for GIVE_UP_MS; when there are too many the oldest waiting one goes, since
 * an old tick is worth less than a new one. Every loss is logged.
 *
 *   ready ──► in flight ──► accepted, or refused for good
 *     ▲           │
 *     └─ waiting ◄┘ 5xx, no answer
 */
export class EventQueue {
  /** @type {Entry[]} */
  #ready = []
  /** @type {Set<Entry>} */
  #waiting = new Set()
  #inFlight = 0
  #closing = false
  /** @type {() => void} */
  #onEmpty = () => {}
  #log
  #post

  /**
   * @param {import('./log.mjs').Log} log
   * @param {(event: Event) => Promise<number>} post Resolves to the status of the answer.
   */
  constructor(log, post) {
    this.#log = log
    this.#post = post
  }

  /** @param {Event} event */
  add(event) {
    if (this.#ready.length + this.#waiting.size + this.#inFlight >= CAPACITY) this.#dropOldest()
    this.#ready.push({ event, since: Date.now(), attempts: 0 })
    this.#pump()
  }

  /**
   * Tries everything once more without patience; resolves when all are delivered or `limitMs` have passed.
   * @param {number} limitMs
   */
  async flush(limitMs) {
    this.#closing = true
    await new Promise((resolve) => {
      this.#onEmpty = () => resolve(undefined)
      setTimeout(resolve, limitMs)
      for (const entry of this.#waiting) this.#retry(entry)
      this.#pump()
    })
  }

  #pump() {
    while (this.#inFlight < IN_FLIGHT) {
      const entry = this.#ready.shift()
      if (entry === undefined) break
      void this.#deliver(entry)
    }
    if (this.#inFlight === 0 && this.#waiting.size === 0) this.#onEmpty()
  }

  /** @param {Entry} entry */
  async #deliver(entry) {
    this.#inFlight += 1
    entry.attempts += 1
    const outcome = await this.#post(entry.event).catch(reasonOf)
    this.#inFlight -= 1
    this.#settle(entry, outcome)
    this.#pump()
  }

  /**
   * @param {Entry} entry
   * @param {number | string} outcome
   */
  #settle(entry, outcome) {
    const fields = { dedupe_key: entry.event.dedupe_key, attempts: entry.attempts, outcome }
    if (typeof outcome === 'number' && outcome < 300) {
      this.#log.debug('event accepted', fields)
    } else if (typeof outcome === 'number' && outcome < 500) {
      this.#log.error('event lost: the API refuses it', fields)
    } else if (Date.now() - entry.since > GIVE_UP_MS) {
      this.#log.error('event lost: the API was away too long', fields)
    } else {
      this.#log.warn('event not delivered yet', fields)
      this.#retryLater(entry)
    }
  }

  /** @param {Entry} entry */
  #retryLater(entry) {
    const patient = Math.min(FIRST_RETRY_MS * 2 ** (entry.attempts - 1), LAST_RETRY_MS)
    this.#waiting.add(entry)
    entry.timeout = setTimeout(() => this.#retry(entry), this.#closing ? CLOSING_RETRY_MS : patient)
  }

  /** @param {Entry} entry */
  #retry(entry) {
    clearTimeout(entry.timeout)
    this.#waiting.delete(entry)
    this.#ready.push(entry)
    this.#pump()
  }

  /** Makes room for one more: the entry that has waited longest, else the first that is ready. */
  #dropOldest() {
    const [oldest] = this.#waiting.size > 0 ? this.#waiting : this.#ready
    if (oldest === undefined) return
    clearTimeout(oldest.timeout)
    if (!this.#waiting.delete(oldest)) this.#ready.shift()
    this.#log.error('event lost: too many are waiting', { dedupe_key: oldest.event.dedupe_key })
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
