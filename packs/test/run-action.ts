import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'

type Outcome = { code: number | null; stdout: string; stderr: string }

const packs = join(import.meta.dirname, '..')

/** Runs an action's program (a path inside packs/) the way a worker does: interpreter, file, the parameter document on stdin. */
export async function runAction(
  interpreter: string,
  file: string,
  input: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(interpreter, [join(packs, file)], { env: { PATH: process.env.PATH ?? '', ...env } })
  child.stdin.on('error', () => {})
  child.stdin.end(`${input}\n`)
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ])
  return { code, stdout, stderr }
}

/** The dotenv form of parameters: sorted lines, quotes doubled out, nothing else escaped. */
export function dotenv(parameters: Record<string, string | number>): string {
  const lines = Object.entries(parameters).map(([name, value]) => {
    return `${name}='${String(value).replaceAll("'", String.raw`'\''`)}'`
  })
  return lines.sort().join('\n')
}
