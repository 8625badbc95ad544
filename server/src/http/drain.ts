import type { IncomingMessage } from 'node:http'

const MAX_BYTES = 64 * 1024 * 1024
const MAX_MS = 5000

/**
 * Reads the rest of a body and throws it away, within limits. An answer that is sent while the client is still writing
 * may never be read: the connection closes under it, and all it sees is a broken pipe.
 */
export function drain(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    let bytes = 0
    const timer = setTimeout(done, MAX_MS)
    function count(chunk: Buffer): void {
      bytes += chunk.length
      if (bytes > MAX_BYTES) done()
    }
    function done(): void {
      clearTimeout(timer)
      request.off('data', count).off('end', done).off('close', done)
      resolve()
    }
    request.on('data', count).once('end', done).once('close', done)
    request.resume()
  })
}
