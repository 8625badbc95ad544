import { Socket } from 'node:net'

type Done = (error?: Error | null) => void

/**
 * A socket that sends what is written in one turn of the event loop as one packet. A statement and the `begin`
 * before it, or several statements that do not wait for each other, then cost one system call.
 */
export class CoalescingSocket extends Socket {
  override write(chunk: Uint8Array | string, done?: Done): boolean
  override write(chunk: Uint8Array | string, encoding?: BufferEncoding, done?: Done): boolean
  override write(chunk: Uint8Array | string, second?: BufferEncoding | Done, third?: Done): boolean {
    if (this.writableCorked === 0) {
      this.cork()
      process.nextTick(() => this.uncork())
    }
    return typeof second === 'function' ? super.write(chunk, second) : super.write(chunk, second, third)
  }
}
