const CAPACITY = 1000
const IN_FLIGHT = 64
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 30_000
/** The API may ask for patience, within reason. */
const LONGEST_WAIT_MS = 5 * 60_000
/** While the process ends, there is no time to be patient. */
const CLOSING_RETRY_MS = 250

/** Not yet, says the API: it takes no blame on the event. */
const LATER = new Set([408, 425, 429])

/**
 * @typedef {{ status: number, retryAfterMs: number | undefined }} Posted
 * @typedef {{ trigger_ref: string, trigger_instance_id: string, dedupe_key: string, payload: object, schedule: { at: string, missed: number } }} Event
 * @typedef {{ event: Event, attempts: number, timeout?: NodeJS.Timeout }} Entry
 */

/**
 * Events on their way to the API, at most CAPACITY of them. While the API is away or asks for patience they wait and
 * are tried again, with the same dedupe key, as long as there is room; when there are too many the oldest waiting one
 * goes, since an old tick is worth less than a new one. Every loss is logged with `events_lost`, which the sensor
 * service makes an alert of.
 *
 *   ready ──► in flight ──► accepted, or refused for good
 *     ▲           │
 *     └─ waiting ◄┘ 408, 425, 429, 5xx, no answer
 */
export class EventQueue {
  /** @type {Entry[]} */
  #ready = []
  /** @type {Set<Entry>} */
  #waiting = new Set()
  /** @type {Set<Entry>} */
  #inFlight = new Set()
  #closing = false
  /** @type {() => void} */
  #onEmpty = () => {}
  #log
  #post

  /**
   * @param {import('./log.mjs').Log} log
   * @param {(event: Event) => Promise<Posted>} post
   */
  constructor(log, post) {
    this.#log = log
    this.#post = post
  }

  /** @param {Event} event */
  add(event) {
    if (this.#ready.length + this.#waiting.size + this.#inFlight.size >= CAPACITY) this.#dropOldest()
    this.#ready.push({ event, attempts: 0 })
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
    this.giveUp('the sensor stops')
  }

  /**
   * Says what is lost because the process ends.
   * @param {string} reason
   */
  giveUp(reason) {
    const left = this.#ready.length + this.#waiting.size + this.#inFlight.size
    if (left > 0) this.#log.error(`events lost: ${reason}`, { events_lost: left })
  }

  #pump() {
    while (this.#inFlight.size < IN_FLIGHT) {
      const entry = this.#ready.shift()
      if (entry === undefined) break
      void this.#deliver(entry)
    }
    if (this.#inFlight.size === 0 && this.#waiting.size === 0) this.#onEmpty()
  }

  /** @param {Entry} entry */
  async #deliver(entry) {
    const schedule = { ...entry.event.schedule, earlier_open: this.#hasEarlier(entry) }
    this.#inFlight.add(entry)
    entry.attempts += 1
    const outcome = await this.#post({ ...entry.event, schedule }).catch(reasonOf)
    this.#inFlight.delete(entry)
    this.#settle(entry, outcome)
    this.#pump()
  }

  /**
   * Whether an earlier instant of its rule is still on its way: if this process dies, the next one must begin there.
   * @param {Entry} entry
   */
  #hasEarlier({ event: { trigger_instance_id: rule, schedule } }) {
    const left = [...this.#inFlight, ...this.#waiting, ...this.#ready]
    return left.some(({ event }) => event.trigger_instance_id === rule && event.schedule.at < schedule.at)
  }

  /**
   * @param {Entry} entry
   * @param {Posted | string} posted
   */
  #settle(entry, posted) {
    const outcome = typeof posted === 'string' ? posted : posted.status
    const fields = { dedupe_key: entry.event.dedupe_key, attempts: entry.attempts, outcome }
    if (typeof outcome === 'number' && outcome < 300) {
      this.#log.debug('event accepted', fields)
    } else if (typeof outcome === 'number' && outcome < 500 && !LATER.has(outcome)) {
      this.#log.error('event lost: the API refuses it', { ...fields, events_lost: 1 })
    } else {
      this.#log.warn('event not delivered yet', fields)
      this.#retryLater(entry, typeof posted === 'string' ? undefined : posted.retryAfterMs)
    }
  }

  /**
   * @param {Entry} entry
   * @param {number | undefined} asked How long the API asks to wait.
   */
  #retryLater(entry, asked) {
    const patient = Math.min(FIRST_RETRY_MS * 2 ** Math.min(entry.attempts - 1, 20), LAST_RETRY_MS)
    const wait = Math.max(patient, Math.min(asked ?? 0, LONGEST_WAIT_MS))
    this.#waiting.add(entry)
    entry.timeout = setTimeout(() => this.#retry(entry), this.#closing ? CLOSING_RETRY_MS : wait)
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
    this.#log.error('event lost: too many are waiting', {
      dedupe_key: oldest.event.dedupe_key,
      events_lost: 1,
    })
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
