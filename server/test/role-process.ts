import { type ChildProcess, spawn } from 'node:child_process'
import { eventually } from './eventually.ts'

const main = new URL('../dist/main.js', import.meta.url).pathname

/** One process of the program with some of its roles. */
export type RoleProcess = {
  child: ChildProcess
  output(): string
  signal(signal: NodeJS.Signals): void
  /** Sends a signal and waits until it is gone; answers its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts a worker of that name as a process of its own and waits until it takes work. */
export function startWorkerProcess(
  home: string,
  name: string,
  env: Record<string, string>,
): Promise<RoleProcess> {
  return startRole({ role: 'worker', ready: 'worker ready' }, home, { ATTUNE__WORKER__NAME: name, ...env })
}

/** Starts a sensor host as a process of its own and waits until it looks after sensors. */
export function startSensorProcess(home: string, env: Record<string, string>): Promise<RoleProcess> {
  return startRole({ role: 'sensor', ready: 'sensor host ready' }, home, env)
}

async function startRole(
  { role, ready }: { role: string; ready: string },
  home: string,
  env: Record<string, string>,
): Promise<RoleProcess> {
  const child = spawn(process.execPath, [main, '--roles', role], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ATTUNE_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  await eventually(
    () => output,
    (text) => text.includes(ready) || child.exitCode !== null,
    60_000,
  )
  if (child.exitCode !== null) throw new Error(`The ${role} did not become ready:\n${output}`)
  return {
    child,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      child.kill(signal)
      return exited
    },
  }
}
