import { createServer, type Server, type Socket, connect } from 'node:net'
import { once } from 'node:events'

/** Stands between the program and a service: passes on, cuts, or lets nothing through. */
export type TcpProxy = {
  port: number
  /** Cuts every connection; with `refuse`, new ones are cut at once until `heal`. */
  cut(refuse: boolean): void
  /** Nothing gets through in either direction, and no connection ends, until `heal`. */
  silence(): void
  heal(): void
  close(): Promise<void>
}

/** Looks at what the service answers. `false`: the connection is cut in place of passing this on. */
export type Inspect = (chunk: Buffer) => boolean

type Pair = { client: Socket; server: Socket }

export async function startTcpProxy(
  target: { host: string; port: number },
  inspect: () => Inspect = () => () => true,
): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let state: 'open' | 'refusing' | 'silent' = 'open'

  function accept(client: Socket): void {
    client.on('error', () => undefined)
    if (state === 'refusing') return void client.destroy()
    const server = connect(target)
    const pair = { client, server }
    pairs.add(pair)
    join(pair, inspect(), () => pairs.delete(pair))
    if (state === 'silent') hold(pair)
  }
  const listener = createServer({ noDelay: true }, accept)
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: portOf(listener),
    cut(refuse) {
      if (refuse) state = 'refusing'
      for (const pair of pairs) end(pair)
    },
    silence() {
      state = 'silent'
      pairs.forEach(hold)
    },
    heal() {
      state = 'open'
      for (const { client, server } of pairs) {
        client.resume()
        server.resume()
      }
    },
    async close() {
      for (const pair of pairs) end(pair)
      listener.close()
      await once(listener, 'close')
    },
  }
}

function join(pair: Pair, pass: Inspect, gone: () => void): void {
  const { client, server } = pair
  server.setNoDelay(true)
  server.on('error', () => undefined)
  client.on('data', (chunk) => void server.write(chunk))
  server.on('data', (chunk) => {
    if (pass(chunk)) client.write(chunk)
    else end(pair)
  })
  for (const socket of [client, server]) {
    socket.once('close', () => {
      gone()
      end(pair)
    })
  }
}

function end({ client, server }: Pair): void {
  client.destroy()
  server.destroy()
}

function hold({ client, server }: Pair): void {
  client.pause()
  server.pause()
}

function portOf(listener: Server): number {
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  return address.port
}
