import { Failure } from '../failure.ts'
import { sourceText, withoutLineEnd } from '../input.ts'
import { type Json, parseJson } from '../json.ts'
import { visible } from '../output/escape.ts'
import { askSecret, type Terminal } from '../terminal.ts'

export type ValueOptions = { value?: string | true; jsonValue?: boolean }

/**
 * The value of a key: asked for, from a file or piped. Never from the command line, which every user of the machine
 * can read.
 */
export async function readValue(
  { value: source = true, jsonValue }: ValueOptions,
  ref: string,
  terminal: Terminal,
): Promise<Json> {
  const given = withoutLineEnd(await textOf(source, ref, terminal))
  if (given === '') throw new Failure('usage', 'The value is empty.')
  return jsonValue === true ? parseJson(given, 'the value') : given
}

function textOf(source: string | true, ref: string, terminal: Terminal): Promise<string> {
  if (source === '-' || source === '@-') return sourceText('-', terminal)
  if (source !== true && source.startsWith('@')) return sourceText(source.slice(1), terminal)
  if (source !== true) {
    throw new Failure(
      'usage',
      'A value is not written on the command line: use --value @FILE, --value - or no value to be asked.',
    )
  }
  if (terminal.stdin.isTTY === true)
    return askSecret(visible(`Value of ${ref}: `), terminal.stdin, terminal.stderr)
  throw new Failure('usage', 'No terminal to ask for the value: use --value @FILE or --value -.')
}
