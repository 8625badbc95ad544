import { Agent, request } from 'node:http'
import { connect } from 'node:net'

type Question = {
  method?: string
  path: string
  token?: string | undefined
  /** What is sent: an object as JSON, anything else as it is. */
  body?: object | string | Buffer | undefined
  headers?: Readonly<Record<string, string>>
  timeout_ms?: number
}

type Reply = { status: number; text: string }

/** A client with an address of its own: loopback has many. It bears everything and answers undefined where there is no answer. */
export type Wire = {
  ask(question: Question): Promise<Reply | undefined>
  /** Opens a connection, says this and then nothing, and hangs up after a while. */
  stall(said: string, ms: number): Promise<void>
  close(): void
}

const TIMEOUT_MS = 15_000
/** More of an answer is read and dropped. */
const KEPT = 65_536

export function openWire(port: number, address: string): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, localAddress: address })
  return {
    ask: (question) => ask({ agent, port, address }, question),
    stall: (said, ms) =>
      new Promise((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, localAddress: address })
        const over = (): void => {
          socket.destroy()
          resolve()
        }
        const timer = setTimeout(over, ms)
        socket.on('connect', () => socket.write(said))
        socket.on('data', () => undefined)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          clearTimeout(timer)
          resolve()
        })
      }),
    close: () => agent.destroy(),
  }
}

type Line = { agent: Agent; port: number; address: string }

function ask({ agent, port, address }: Line, question: Question): Promise<Reply | undefined> {
  const { method = 'GET', path, token, body, headers = {}, timeout_ms = TIMEOUT_MS } = question
  const content = typeof body === 'object' && !Buffer.isBuffer(body) ? JSON.stringify(body) : body
  return new Promise((resolve) => {
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        localAddress: address,
        method,
        path,
        headers: {
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
          ...(content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        signal: AbortSignal.timeout(timeout_ms),
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          if (text.length < KEPT) text += chunk
        })
        response.on('error', () => resolve(undefined))
        response.on('close', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    asked.on('error', () => resolve(undefined))
    asked.end(content)
  })
}
