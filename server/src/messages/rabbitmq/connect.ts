import { connect } from 'amqplib'
import type { Log } from '../../observe/log.ts'
import { retry } from '../../waiting/retry.ts'
import { Problem } from '../../problem.ts'
import type { Connection } from './channel.ts'

/** A peer that vanished without a word is given up after two of these. The broker's own default is a minute. */
const HEARTBEAT_SECONDS = 10
const HANDSHAKE_MS = 10_000

export type OpenedConnection = {
  connection: Connection
  /** Why the connection is of no use now; undefined when it is well. */
  trouble(): string | undefined
}

/**
 * A connection that comes back by itself. The first one is waited for, because programs and brokers start in any order.
 * `noDelay` matters: without it every hop waits 40 ms for its packet.
 */
export async function openConnection(url: string, seconds: number, log: Log): Promise<OpenedConnection> {
  const connection = await firstConnection(url, seconds, log)
  let lost: string | undefined
  let blocked: string | undefined
  connection.on('error', (error) => log.warn({ error: String(error) }, 'broker connection error'))
  connection.on('disconnect', (error: unknown) => {
    lost = `the broker's connection is lost: ${textOf(error)}`
    blocked = undefined
    log.warn('broker connection lost')
  })
  connection.on('connect-failed', (error: unknown) => {
    lost = `the broker cannot be reached: ${textOf(error)}`
  })
  connection.on('connect', () => {
    lost = undefined
    log.info('broker connected')
  })
  connection.on('blocked', (reason: unknown) => {
    blocked = `the broker takes no messages: ${String(reason)}`
    log.warn({ reason: String(reason) }, 'broker blocks')
  })
  connection.on('unblocked', () => {
    blocked = undefined
  })
  return { connection, trouble: () => lost ?? blocked }
}

async function firstConnection(url: string, seconds: number, log: Log): Promise<Connection> {
  const address = new URL(url)
  if (!address.searchParams.has('heartbeat')) address.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  const options = {
    noDelay: true,
    keepAlive: true,
    timeout: HANDSHAKE_MS,
    recovery: {
      initialDelay: 200,
      maxDelay: 5000,
      maxRetries: Number.POSITIVE_INFINITY,
      initialMaxRetries: 0,
    },
  }
  try {
    return await retry(() => connect(address.href, options), {
      seconds,
      worthwhile: (error) => !/ACCESS.REFUSED/i.test(textOf(error)),
      failed: (error, delay_ms) =>
        log.warn({ error: textOf(error), delay_ms }, 'broker not there yet, trying again'),
    })
  } catch (error) {
    throw new Problem(
      'SERVICE_UNAVAILABLE',
      `No connection to the broker at ${address.host}: ${textOf(error)}. Start it, or correct message_queue.url.`,
    )
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}
