import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { attune } from '../src/program.ts'
import type { Keyboard } from '../src/terminal.ts'

export type Ended = { code: number | null; stdout: string; stderr: string }

export type CliOptions = {
  env?: Record<string, string>
  /** Piped to standard input, which ends after it. */
  input?: string
  /** Typed by a person at a terminal. */
  typed?: string
  /** Where the config file lives; a new place for each call unless given. */
  home?: string
  /** Ctrl-C is pressed as soon as this resolves. */
  interruptAfter?: Promise<unknown>
}

/** A fresh folder that goes away with the test. */
export function newHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Runs one command line inside the test: a whole program start costs more than all that it does. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  const stdout = collector()
  const stderr = collector()
  const interrupt = new AbortController()
  void options.interruptAfter?.then(() => interrupt.abort())
  const { typed, input = '' } = options
  const stdin = typed === undefined ? Readable.from([Buffer.from(input)]) : keyboard(typed)
  const code = await attune(args, {
    env: environment(options),
    stdin,
    stdout: stdout.sink,
    stderr: stderr.sink,
    signal: interrupt.signal,
  })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** Runs the compiled program as its own process, with nothing of this environment but PATH. */
export function cliProcess(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  const main = new URL('../dist/main.js', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...args], { env: environment(options) })
  const stdout = collector()
  const stderr = collector()
  child.stdout.pipe(stdout.sink)
  child.stderr.pipe(stderr.sink)
  child.stdin.end(options.input ?? '')
  void options.interruptAfter?.then(() => child.kill('SIGINT'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout: stdout.text(), stderr: stderr.text() }))
  })
}

/** A session from the environment, for tests that are not about sessions. */
export function session(url: string): CliOptions {
  return { env: { ATTUNE_API_URL: url, ATTUNE_API_TOKEN: 'token-1' } }
}

function environment({ home = newHome(), env }: CliOptions): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, ...env }
}

function collector(): { sink: Writable; text(): string } {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { sink, text: () => Buffer.concat(chunks).toString('utf8') }
}

function keyboard(typed: string): Keyboard {
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  keys.write(typed)
  return keys
}
