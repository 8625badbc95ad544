import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { inject } from 'vitest'

const run = promisify(execFile)

/** A virtual host of its own on the run's RabbitMQ: nothing of another test is in it. */
export type FreshBroker = {
  url: string
  vhost: string
  ctl(...args: string[]): Promise<string>
  drop(): Promise<void>
}

/** Whether this run has a RabbitMQ; the global set-up has said loudly when it has none. */
export function hasBroker(): boolean {
  return inject('brokerUrl') !== ''
}

export async function freshBroker(): Promise<FreshBroker> {
  const vhost = `attune-test-${randomUUID().slice(0, 8)}`
  const url = new URL(inject('brokerUrl'))
  const ctl = async (...args: string[]) => (await run('rabbitmqctl', ['-q', ...args])).stdout
  await ctl('add_vhost', vhost)
  await ctl('set_permissions', '-p', vhost, decodeURIComponent(url.username) || 'guest', '.*', '.*', '.*')
  url.pathname = `/${vhost}`
  return {
    url: url.href,
    vhost,
    ctl,
    drop: async () => {
      await ctl('delete_vhost', vhost)
    },
  }
}
