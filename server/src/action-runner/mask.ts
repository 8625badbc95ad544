/**
 * Hides known secrets in what an action prints and returns. Used by the worker and, over bytes, by the spawner:
 * this file depends on nothing but the search.
 */
import {
  addFound,
  createSecretFinder,
  type FoundSecret,
  type SecretSearch,
  type SecretFinder,
} from './secret-finder.ts'
import { MIN_LENGTH, secretForms } from './secret-forms.ts'

export const MASK = '********'

/** Replaces every form of a secret in a text. `cut` says that it was cut at its end, where half a secret may stand. */
export type TextMask = (text: string, cut?: boolean) => string

/** Masks a stream of bytes. A secret that is split between chunks is held back until its rest has come. */
export type StreamMask = {
  push(chunk: Uint8Array): Buffer
  /** What was held back; with `cut`, the stream ends in the middle and half a secret is hidden too. */
  end(cut: boolean): Buffer
}

/** What hides the secrets of one execution. */
export type SecretMask = { text: TextMask; stream(): StreamMask }

/** Undefined when there is nothing to hide. Bytes that several secrets share are hidden as one. */
export function createMask(secrets: Iterable<string>): SecretMask | undefined {
  const finder = createSecretFinder(secretForms(secrets))
  if (finder.empty) return undefined
  return {
    text: (text, cut = false) => masked(finder, text, cut),
    stream: () => new MaskedStream(finder.search()),
  }
}

function masked(finder: SecretFinder, text: string, cut: boolean): string {
  const bytes = Buffer.from(text, 'utf8')
  const search = finder.search()
  const found = search.push(bytes)
  if (cut) addHalf(found, search.openFrom(), bytes.length)
  if (found.length === 0) return text
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { from, to } of found) {
    pieces.push(bytes.subarray(at, from), MASK_BYTES)
    at = to
  }
  return Buffer.concat([...pieces, bytes.subarray(at)]).toString('utf8')
}

const MASK_BYTES = Buffer.from(MASK)

/** Half a secret at a cut. Less than the shortest secret could be anything. */
function addHalf(found: FoundSecret[], from: number, end: number): void {
  if (end - from >= MIN_LENGTH) addFound(found, { from, to: end })
}

class MaskedStream implements StreamMask {
  readonly #search: SecretSearch
  /** What has come and was not given out, and the position of its first byte. */
  #pending: Uint8Array = new Uint8Array(0)
  #at = 0
  /** What is to be hidden of it. */
  #found: FoundSecret[] = []
  /** Behind the last byte that was hidden: what is hidden next to it needs no mask of its own. */
  #hiddenTo = -1

  constructor(search: SecretSearch) {
    this.#search = search
  }

  push(chunk: Uint8Array): Buffer {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    for (const one of this.#search.push(chunk)) addFound(this.#found, one)
    const out = this.#giveOut(this.#search.openFrom())
    this.#pending = new Uint8Array(this.#pending) // the memory of the chunk may be reused
    return out
  }

  end(cut: boolean): Buffer {
    const end = this.#at + this.#pending.length
    if (cut) addHalf(this.#found, this.#search.openFrom(), end)
    return this.#giveOut(end)
  }

  /** The bytes before `until`, with what was found hidden. */
  #giveOut(until: number): Buffer {
    const pieces: Uint8Array[] = []
    for (const { from, to } of this.#found.filter(({ from }) => from < until)) {
      pieces.push(this.#take(from))
      if (from > this.#hiddenTo) pieces.push(MASK_BYTES)
      this.#take(Math.min(to, until))
      this.#hiddenTo = to
    }
    this.#found = this.#found.filter(({ to }) => to > until)
    pieces.push(this.#take(until))
    return Buffer.concat(pieces)
  }

  /** Takes what stands before a position out of what is pending. */
  #take(until: number): Uint8Array {
    const length = Math.max(0, until - this.#at)
    const taken = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    this.#at += length
    return taken
  }
}
