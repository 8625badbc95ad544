/** Reads a stream of chunks by number of bytes. */
export type ByteReader = {
  /** The next `count` bytes; fewer only where the stream ends. */
  take(count: number): Promise<Buffer>
  /** The next `count` bytes as they come; fewer only where the stream ends. */
  pieces(count: number): AsyncGenerator<Buffer, void, undefined>
  /** Lets go of the source, read to its end or not. */
  close(): Promise<void>
}

export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)

  /** At least one byte and at most `count`; undefined at the end. */
  async function some(count: number): Promise<Buffer | undefined> {
    while (held.length === 0) {
      const next = await chunks.next()
      if (next.done === true) return undefined
      held = next.value
    }
    const piece = held.subarray(0, count)
    held = held.subarray(piece.length)
    return piece
  }

  async function* pieces(count: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = count; left > 0; ) {
      const piece = await some(left)
      if (piece === undefined) return
      left -= piece.length
      yield piece
    }
  }

  return {
    pieces,
    async close() {
      await chunks.return?.()
    },
    async take(count) {
      const taken: Buffer[] = []
      for await (const piece of pieces(count)) taken.push(piece)
      return Buffer.concat(taken)
    },
  }
}
