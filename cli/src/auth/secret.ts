import { Failure } from '../failure.ts'
import { sourceText, withoutLineEnd } from '../input.ts'
import { visible } from '../output/escape.ts'
import { askSecret, type Terminal } from '../terminal.ts'

/** Where a secret comes from. Never from the command line: every user of the machine can read that. */
export type SecretSource = { what: string; question: string; file: string | undefined; piped: boolean }

export async function readSecret(
  { what, question, file, piped }: SecretSource,
  terminal: Terminal,
): Promise<string> {
  if (file !== undefined && piped)
    throw new Failure('usage', `Choose one of --${what}-file and --${what}-stdin.`)
  if (piped) return withoutLineEnd(await sourceText('-', terminal))
  if (file !== undefined) return withoutLineEnd(await sourceText(file, terminal))
  if (terminal.stdin.isTTY === true) return askSecret(visible(question), terminal.stdin, terminal.stderr)
  throw new Failure('usage', `No terminal to ask for the ${what}: use --${what}-stdin or --${what}-file.`)
}
