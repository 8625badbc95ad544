import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** The port the cluster had last time if nobody took it since, else a free one; remembered in `<state>/port`. */
export async function choosePort(state: string): Promise<number> {
  const path = join(state, 'port')
  const remembered = readPort(path)
  if (remembered !== undefined && (await isFree(remembered))) return remembered
  const port = await anyFreePort()
  await writeFile(path, `${port}\n`)
  return port
}

/** Whether a server could listen there on the loopback address. */
export async function isFree(port: number): Promise<boolean> {
  return (await listen(port)) !== undefined
}

async function anyFreePort(): Promise<number> {
  const port = await listen(0)
  if (port === undefined) throw new Error('The system has no free port on 127.0.0.1.')
  return port
}

/** Listens for a moment; answers the port, or undefined when that was not possible. */
function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}

function readPort(path: string): number | undefined {
  try {
    const port = Number(readFileSync(path, 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined
  } catch {
    return undefined // not chosen yet
  }
}
