import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import pg from 'pg'
import { inject } from 'vitest'
import { deadLetterQueue } from '../src/messages/rabbitmq/topology.ts'
import { queueDefinition, queueKeys } from '../src/messages/queues.ts'

const run = promisify(execFile)

/** A RabbitMQ for one test file, with nothing of another in it. */
export type FreshBroker = {
  url: string
  /**
   * Names of all queues or exchanges there are. Undefined where only the administrator of the broker may ask,
   * which the test says loudly.
   */
  list(what: 'queues' | 'exchanges'): Promise<string[] | undefined>
  drop(): Promise<void>
}

/** Whether this run has a RabbitMQ; the global set-up has said loudly when it has none. */
export function hasBroker(): boolean {
  return inject('brokerUrl') !== ''
}

/** A virtual host of its own where rabbitmqctl may be used, else the one of the URL for this file alone. */
export async function freshBroker(): Promise<FreshBroker> {
  const vhost = `attune-test-${randomUUID().slice(0, 8)}`
  try {
    await ctl('add_vhost', vhost)
  } catch {
    return sharedBroker(inject('brokerUrl'))
  }
  return ownVirtualHost(vhost)
}

async function ctl(...args: string[]): Promise<string> {
  return (await run('rabbitmqctl', ['-q', ...args])).stdout
}

async function ownVirtualHost(vhost: string): Promise<FreshBroker> {
  const url = new URL(inject('brokerUrl'))
  await ctl('set_permissions', '-p', vhost, decodeURIComponent(url.username) || 'guest', '.*', '.*', '.*')
  url.pathname = `/${vhost}`
  return {
    url: url.href,
    async list(what) {
      const listed = await ctl(`list_${what}`, '-p', vhost, 'name', '--no-table-headers')
      return listed.split('\n').filter((name) => name !== '')
    },
    drop: async () => void (await ctl('delete_vhost', vhost)),
  }
}

/**
 * The virtual host of the URL, held by one test file at a time through a lock on the run's PostgreSQL. Refused when
 * somebody's Attune uses it: its messages would be taken.
 */
async function sharedBroker(url: string): Promise<FreshBroker> {
  const lock = new pg.Client({ connectionString: inject('databaseUrl') })
  await lock.connect()
  await lock.query("select pg_advisory_lock(9, hashtext('broker'))")
  const connection = await connect(url)
  await refuseIfUsed(connection)
  process.stderr.write(
    'rabbitmqctl may not be used here: broker tests share one virtual host and cannot list its queues.\n',
  )
  return {
    url,
    list: async () => undefined,
    async drop() {
      const channel = await connection.createChannel()
      for (const name of possibleQueues()) await channel.deleteQueue(name)
      await connection.close()
      await lock.end()
    },
  }
}

async function refuseIfUsed(connection: ChannelModel): Promise<void> {
  for (const name of possibleQueues()) {
    const found = await stateOf(connection, name)
    if (found !== undefined && (found.consumerCount > 0 || found.messageCount > 0)) {
      throw new Error(`The queue ${name} is in use; set ATTUNE_TEST_AMQP_URL to a virtual host for tests.`)
    }
  }
}

async function stateOf(
  connection: ChannelModel,
  queue: string,
): Promise<{ consumerCount: number; messageCount: number } | undefined> {
  const channel: Channel = await connection.createChannel()
  channel.on('error', () => undefined) // asking for a queue that is not there closes the channel
  try {
    const state = await channel.checkQueue(queue)
    await channel.close()
    return state
  } catch {
    return undefined
  }
}

/** Every shared queue, and those of the few workers that a test registers in its fresh database. */
function possibleQueues(): string[] {
  const named = queueKeys.map((key) => queueDefinition(key).name)
  const ofWorkers = ['executions', 'packs'].flatMap((kind) =>
    [1, 2, 3, 4].map((id) => `worker.${id}.${kind}`),
  )
  return [deadLetterQueue, ...named.filter((name) => !name.includes('{')), ...ofWorkers]
}
