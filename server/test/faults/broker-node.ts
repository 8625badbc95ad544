import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connect } from 'amqplib'

const run = promisify(execFile)

/** A RabbitMQ for the seeds of a run. */
export type Broker = {
  /** Whether it is ours alone, so that it can really be stopped. */
  own: boolean
  /** URL of an empty virtual host. */
  virtualHost(name: string): Promise<string>
  dropVirtualHost(name: string): Promise<void>
  /** Stops the broker's application and starts it again after `downMs`. */
  restart(downMs: number): Promise<void>
  stop(): Promise<void>
}

/** The scripts as packages install them: the wrappers on PATH change the user and drop the environment. */
const folders = ['/usr/lib/rabbitmq/bin', '/opt/rabbitmq/sbin', '/opt/homebrew/sbin', '/usr/local/sbin']

/** A node of our own where RabbitMQ is installed, else undefined. */
export async function startOwnBroker(): Promise<Broker | undefined> {
  const bin = folders.find((folder) => existsSync(join(folder, 'rabbitmq-server')))
  if (bin === undefined) return undefined
  const home = await mkdtemp(join(tmpdir(), 'attune-faults-mq-'))
  const port = await freePort()
  const env = await environmentOf(home, port)
  const server = spawn(join(bin, 'rabbitmq-server'), { env, stdio: 'ignore', detached: true })
  const ctl = async (...args: string[]): Promise<string> =>
    (await run(join(bin, 'rabbitmqctl'), ['-q', ...args], { env })).stdout
  await listening(port, server)
  const url = (name: string) => `amqp://guest:guest@127.0.0.1:${port}/${name}`
  let restarts = Promise.resolve()
  return {
    own: true,
    async virtualHost(name) {
      // One call: each starts a virtual machine of its own.
      const all = '<<".*">>'
      await ctl(
        'eval',
        `rabbit_vhost:add(<<"${name}">>, <<"faults">>), rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"${name}">>, ${all}, ${all}, ${all}, <<"faults">>).`,
      )
      return url(name)
    },
    dropVirtualHost: async (name) => void (await ctl('delete_vhost', name)),
    restart(downMs) {
      // The broker's own commands fail when one overtakes another.
      restarts = restarts
        .catch(() => undefined)
        .then(async () => {
          await ctl('stop_app')
          await sleep(downMs)
          await ctl('start_app')
        })
      return restarts
    },
    async stop() {
      await ctl('stop').catch(() => undefined)
      killGroup(server)
      await run('epmd', ['-port', env['ERL_EPMD_PORT'] ?? '', '-kill'], { env }).catch(() => undefined)
      await rm(home, { recursive: true, force: true })
    },
  }
}

/**
 * A virtual host on a broker that others use too, for one seed at a time. It is never stopped: what happens to the
 * program looks the same through the proxy.
 */
export async function useBroker(url: string): Promise<Broker> {
  const connection = await connect(url)
  await connection.close()
  return {
    own: false,
    async virtualHost(name) {
      await run('rabbitmqctl', ['-q', 'add_vhost', name])
      const { username } = new URL(url)
      await run('rabbitmqctl', ['-q', 'set_permissions', '-p', name, username || 'guest', '.*', '.*', '.*'])
      return Object.assign(new URL(url), { pathname: `/${name}` }).href
    },
    dropVirtualHost: async (name) => void (await run('rabbitmqctl', ['-q', 'delete_vhost', name])),
    restart: async () => {
      throw new Error('A broker that others use is not restarted.')
    },
    stop: async () => undefined,
  }
}

async function environmentOf(home: string, port: number): Promise<Record<string, string>> {
  for (const folder of ['mnesia', 'log']) mkdirSync(join(home, folder))
  for (const file of ['plugins', 'env.conf'])
    writeFileSync(join(home, file), file === 'plugins' ? '[].\n' : '')
  writeFileSync(join(home, 'rabbitmq.conf'), `listeners.tcp.local = 127.0.0.1:${port}\n`)
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    RABBITMQ_NODENAME: `faults-${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(home, 'env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins'),
    RABBITMQ_PID_FILE: join(home, 'pid'),
    ERL_EPMD_PORT: String(await freePort()),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_FLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  }
}

async function listening(port: number, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    try {
      const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}/`)
      return await connection.close()
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) throw error
    }
    await sleep(200)
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** A port on which nothing listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
