import { connect, createServer, type Socket } from 'node:net'

/** A wire between the program and a server, which a test can cut. */
export type Proxy = {
  /** The URL of the server, by way of the wire. */
  url: string
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>
  /** Lets nothing through any more, without a word to either side; new connections are taken and stay silent. */
  silence(): void
  /** The server's ends of all connections are gone, and nobody tells ours. New connections go through. */
  loseServer(): void
  /** Lets new connections through. Those that were silent break: what was lost on them is lost. */
  restore(): Promise<void>
  close(): Promise<void>
}

export async function proxyTo(serverUrl: string): Promise<Proxy> {
  const target = new URL(serverUrl)
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const port = Number(target.port) || (target.protocol.startsWith('amqp') ? 5672 : 5432)
  const sockets = new Set<Socket>()
  const farEnds = new Set<Socket>()
  const lost = new WeakSet<Socket>()
  let silent = false

  const server = createServer((near) => {
    const far = silent ? undefined : connect({ host, port })
    join(near, far)
    if (far === undefined) return
    join(far, near)
    farEnds.add(far)
    far.on('close', () => farEnds.delete(far))
  })

  function join(from: Socket, to: Socket | undefined): void {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (chunk) => {
      if (!silent && to?.destroyed === false) to.write(chunk)
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      if (!silent && !lost.has(from)) to?.destroy()
    })
  }

  function breakAll(): void {
    for (const socket of sockets) socket.destroy()
  }
  const listen = (on: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(on, '127.0.0.1', () => resolve())
    })
  const stopListening = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      breakAll()
    })

  await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const near = new URL(serverUrl)
  near.hostname = '127.0.0.1'
  near.port = String(address.port)
  return {
    url: near.href,
    cut: () => (server.listening ? stopListening() : Promise.resolve()),
    silence: () => void (silent = true),
    loseServer() {
      for (const far of farEnds) {
        lost.add(far)
        far.destroy()
      }
    },
    async restore() {
      if (silent) breakAll()
      silent = false
      if (!server.listening) await listen(address.port)
    },
    close: () => (server.listening ? stopListening() : Promise.resolve()),
  }
}
