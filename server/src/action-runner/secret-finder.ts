import { Automaton } from './text-automaton.ts'

/**
 * Finds many texts at once in bytes that come in pieces: one pass, whose time does not depend on what they are.
 *
 * An automaton knows texts up to HEAD bytes. Of a longer one it knows the head, and of the rest there is a
 * fingerprint of every HEAD bytes and of the last ones: that keeps a secret of megabytes, in all its forms, in a
 * hundredth of its size. A block that is known counts only where it continues a head or another block.
 */
const HEAD = 128
/** Odd numbers: the bases of the two halves of a fingerprint. */
const BASE_A = 0x01000193
const BASE_B = 0x5bd1e995

/** Where something was found: its first byte, and the one behind its last. */
export type FoundSecret = { from: number; to: number }

export type SecretFinder = {
  /** There is nothing to find. */
  readonly empty: boolean
  search(): SecretSearch
}

export type SecretSearch = {
  /** What ends in these bytes, in its order, as one what overlaps or touches. Positions count from the first byte. */
  push(bytes: Uint8Array): FoundSecret[]
  /** From here on the bytes could be the beginning of something whose rest has not come yet. */
  openFrom(): number
}

export function createSecretFinder(texts: Iterable<string>): SecretFinder {
  const automaton = new Automaton()
  const blocks = new Fingerprints()
  for (const text of texts) {
    const bytes = Buffer.from(text, 'utf8')
    automaton.add(bytes.subarray(0, HEAD))
    if (bytes.length > HEAD) blocks.addRest(bytes)
  }
  automaton.link()
  return { empty: automaton.empty, search: () => new Scan(automaton, blocks) }
}

class Scan implements SecretSearch {
  readonly #automaton: Automaton
  readonly #blocks: Fingerprints
  /** The HEAD bytes before the next ones. */
  #tail: Uint8Array = new Uint8Array(HEAD)
  #state = 0
  #at = 0
  /** Behind the last head or block that was found. */
  #runEnd = -HEAD
  #a = 0
  #b = 0

  constructor(automaton: Automaton, blocks: Fingerprints) {
    this.#automaton = automaton
    this.#blocks = blocks
  }

  push(bytes: Uint8Array): FoundSecret[] {
    const found: FoundSecret[] = []
    const all = Buffer.concat([this.#tail, bytes])
    const offset = this.#at - HEAD
    for (let next = HEAD; next < all.length; ) {
      const runs = this.#blocks.size > 0 && offset + next - this.#runEnd < HEAD
      next = runs ? this.#step(all, next) : this.#skip(all, next)
      const to = offset + next
      const length = this.#automaton.foundAt(this.#state)
      if (length > 0) addFound(found, { from: to - length, to })
      if (length === HEAD && !runs) this.#begin(all.subarray(next - HEAD, next))
      if (length === HEAD || (runs && this.#blocks.has(this.#a, this.#b))) {
        addFound(found, { from: to - HEAD, to })
        this.#runEnd = to
      }
    }
    this.#at += bytes.length
    this.#tail = all.subarray(-HEAD)
    return found
  }

  openFrom(): number {
    const open = this.#at - this.#automaton.depthOf(this.#state)
    return this.#at - this.#runEnd < HEAD ? Math.min(open, this.#runEnd) : open
  }

  /** Reads to where something ends, or to the end of the bytes. */
  #skip(all: Uint8Array, from: number): number {
    const { next, state } = this.#automaton.scan(all, from, this.#state)
    this.#state = state
    return next
  }

  /** Behind a head or a block, where the next block may end at any byte. */
  #step(all: Uint8Array, at: number): number {
    const byte = all[at] ?? 0
    this.#state = this.#automaton.next(this.#state, byte)
    this.#roll(byte, all[at - HEAD] ?? 0)
    return at + 1
  }

  #roll(byte: number, left: number): void {
    this.#a = (Math.imul(this.#a, BASE_A) + byte - Math.imul(left, GONE_A)) | 0
    this.#b = (Math.imul(this.#b, BASE_B) + byte - Math.imul(left, GONE_B)) | 0
  }

  #begin(head: Uint8Array): void {
    this.#a = 0
    this.#b = 0
    for (const byte of head) this.#roll(byte, 0)
  }
}

/** Adds what ends behind all the others; what overlaps or touches it becomes one with it. */
export function addFound(all: FoundSecret[], { from, to }: FoundSecret): void {
  let first = from
  for (let last = all.at(-1); last !== undefined && last.to >= first; last = all.at(-1)) {
    first = Math.min(first, last.from)
    all.pop()
  }
  all.push({ from: first, to })
}

/** What a byte counts for in a fingerprint when HEAD others have come behind it. */
const GONE_A = power(BASE_A)
const GONE_B = power(BASE_B)

function power(base: number): number {
  let product = 1
  for (let count = 0; count < HEAD; count += 1) product = Math.imul(product, base)
  return product
}

/** A set of fingerprints of blocks: pairs of numbers in a table that is at most half full. */
class Fingerprints {
  #pairs = new Int32Array(256)
  size = 0

  /** The blocks behind the head; the last one reaches back, so that it is whole too. */
  addRest(bytes: Uint8Array): void {
    for (let from = HEAD; from + HEAD <= bytes.length; from += HEAD) this.#addBlock(bytes, from)
    if (bytes.length % HEAD !== 0) this.#addBlock(bytes, bytes.length - HEAD)
  }

  has(a: number, b: number): boolean {
    const slot = this.#slotOf(a, b)
    return this.#pairs[slot] !== 0 || this.#pairs[slot + 1] !== 0
  }

  #addBlock(bytes: Uint8Array, from: number): void {
    let a = 0
    let b = 0
    for (let at = from; at < from + HEAD; at += 1) {
      const byte = bytes[at] ?? 0
      a = (Math.imul(a, BASE_A) + byte) | 0
      b = (Math.imul(b, BASE_B) + byte) | 0
    }
    if ((a === 0 && b === 0) || this.has(a, b)) return // a block of NUL says nothing
    this.#put(a, b)
    this.size += 1
    if (this.size * 4 > this.#pairs.length) this.#grow()
  }

  #put(a: number, b: number): void {
    const slot = this.#slotOf(a, b)
    this.#pairs[slot] = a
    this.#pairs[slot + 1] = b
  }

  #grow(): void {
    const pairs = this.#pairs
    this.#pairs = new Int32Array(pairs.length * 2)
    for (let slot = 0; slot < pairs.length; slot += 2) {
      const [a = 0, b = 0] = [pairs[slot], pairs[slot + 1]]
      if (a !== 0 || b !== 0) this.#put(a, b)
    }
  }

  /** Where the pair stands, or the empty place where it would. */
  #slotOf(a: number, b: number): number {
    const last = this.#pairs.length - 2
    let slot = (Math.imul(a ^ b, 0x9e3779b1) >>> 7) & last
    while (
      (this.#pairs[slot] !== 0 || this.#pairs[slot + 1] !== 0) &&
      (this.#pairs[slot] !== a || this.#pairs[slot + 1] !== b)
    )
      slot = (slot + 2) & last
    return slot
  }
}
