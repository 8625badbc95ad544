/** The states that one automaton may have; more of them would take gigabytes. */
const MAX_STATES = 4_000_000
const FIRST_STATES = 256

/**
 * The automaton of Aho and Corasick over bytes. A state stands for what was read last, as far as one of the texts
 * begins with it. State 0 is the start. Ways forward are in a hash table, because a row of 256 for each state would
 * fill the memory; where there is none, the state behind the next shorter ending has one.
 */
export class Automaton {
  /** Pairs of a way (state and byte, never 0 because no way leads from nowhere: the state counts from 1) and its end. */
  #ways = new Int32Array(FIRST_STATES * 4)
  readonly #fromStart = new Int32Array(256)
  #parent = new Int32Array(FIRST_STATES)
  #byte = new Uint8Array(FIRST_STATES)
  #depth = new Uint8Array(FIRST_STATES)
  /** Length of the longest text that ends here. */
  #found = new Uint8Array(FIRST_STATES)
  #shorter = new Int32Array(FIRST_STATES)
  #states = 1

  get empty(): boolean {
    return this.#states === 1
  }

  /** Adds a text of at most 255 bytes; to be done before link(). */
  add(text: Uint8Array): void {
    let state = 0
    for (const byte of text) state = this.#forward(state, byte) || this.#newState(state, byte)
    this.#found[state] = text.length
  }

  /** Makes it ready: finds for each state the one behind its next shorter ending. */
  link(): void {
    for (const state of this.#byDepth()) {
      const parent = this.#parent[state] ?? 0
      const byte = this.#byte[state] ?? 0
      const shorter = parent === 0 ? 0 : this.next(this.#shorter[parent] ?? 0, byte)
      this.#shorter[state] = shorter
      this.#found[state] = Math.max(this.#found[state] ?? 0, this.#found[shorter] ?? 0)
    }
    this.#parent = new Int32Array(0)
    this.#byte = new Uint8Array(0)
  }

  /** The state behind another byte. */
  next(from: number, byte: number): number {
    for (let state = from; state !== 0; state = this.#shorter[state] ?? 0) {
      const next = this.#forward(state, byte)
      if (next !== 0) return next
    }
    return this.#fromStart[byte] ?? 0
  }

  /** Reads on from a state, to where a text ends or the bytes do. All the time of a search is spent here. */
  scan(all: Uint8Array, from: number, start: number): { next: number; state: number } {
    const fromStart = this.#fromStart
    const found = this.#found
    let state = start
    for (let at = from; at < all.length; at += 1) {
      const byte = all[at] ?? 0
      state = state === 0 ? (fromStart[byte] ?? 0) : this.next(state, byte)
      if (state !== 0 && found[state] !== 0) return { next: at + 1, state }
    }
    return { next: all.length, state }
  }

  /** Length of the longest text that ends at the last byte; 0 when none does. */
  foundAt(state: number): number {
    return this.#found[state] ?? 0
  }

  /** How many of the last bytes could be the beginning of a text. */
  depthOf(state: number): number {
    return this.#depth[state] ?? 0
  }

  #forward(state: number, byte: number): number {
    if (state === 0) return this.#fromStart[byte] ?? 0
    return this.#ways[this.#slotOf((state << 8) | byte) + 1] ?? 0
  }

  #newState(parent: number, byte: number): number {
    const state = this.#states
    if (state >= MAX_STATES) throw new RangeError('There are more secrets than can be looked for.')
    if (state >= this.#depth.length) this.#grow()
    this.#states += 1
    this.#parent[state] = parent
    this.#byte[state] = byte
    this.#depth[state] = (this.#depth[parent] ?? 0) + 1
    if (parent === 0) this.#fromStart[byte] = state
    else this.#putWay((parent << 8) | byte, state)
    return state
  }

  #putWay(way: number, to: number): void {
    const slot = this.#slotOf(way)
    this.#ways[slot] = way
    this.#ways[slot + 1] = to
  }

  /** Where a way stands in the table, or the empty place where it would. */
  #slotOf(way: number): number {
    const last = this.#ways.length - 2
    let slot = (Math.imul(way, 0x9e3779b1) >>> 7) & last
    while (this.#ways[slot] !== 0 && this.#ways[slot] !== way) slot = (slot + 2) & last
    return slot
  }

  #grow(): void {
    const size = this.#depth.length * 2
    this.#parent = enlarged(new Int32Array(size), this.#parent)
    this.#shorter = new Int32Array(size)
    this.#byte = enlarged(new Uint8Array(size), this.#byte)
    this.#depth = enlarged(new Uint8Array(size), this.#depth)
    this.#found = enlarged(new Uint8Array(size), this.#found)
    const ways = this.#ways
    this.#ways = new Int32Array(size * 4)
    for (let slot = 0; slot < ways.length; slot += 2) {
      const way = ways[slot] ?? 0
      if (way !== 0) this.#putWay(way, ways[slot + 1] ?? 0)
    }
  }

  /** All states but the first, those that are near the start before the others. */
  #byDepth(): Int32Array {
    const begins = new Int32Array(257)
    for (let state = 1; state < this.#states; state += 1) {
      const behind = (this.#depth[state] ?? 0) + 1
      begins[behind] = (begins[behind] ?? 0) + 1
    }
    for (let depth = 1; depth < begins.length; depth += 1)
      begins[depth] = (begins[depth] ?? 0) + (begins[depth - 1] ?? 0)
    const order = new Int32Array(this.#states - 1)
    for (let state = 1; state < this.#states; state += 1) {
      const depth = this.#depth[state] ?? 0
      const place = begins[depth] ?? 0
      order[place] = state
      begins[depth] = place + 1
    }
    return order
  }
}

function enlarged<Numbers extends Int32Array | Uint8Array>(larger: Numbers, all: Numbers): Numbers {
  larger.set(all)
  return larger
}
