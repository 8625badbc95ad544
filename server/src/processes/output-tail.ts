/** The end of a stream, as text: what came first is forgotten when there is too much. */
export class OutputTail {
  readonly #limit: number
  #chunks: Buffer[] = []
  #bytes = 0
  #cut = false

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= this.#limit) {
      this.#bytes -= this.#chunks.shift()?.length ?? 0
      this.#cut = true
    }
  }

  /** What the database can hold: no NUL, and no half of a character at the beginning. */
  text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8').replaceAll('\0', '')
    return this.#cut ? text.replace(/^\uFFFD+/, '') : text
  }
}
