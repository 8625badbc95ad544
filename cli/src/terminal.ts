import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { Failure } from './failure.ts'
import type { Format } from './output/output.ts'
import type { Sink } from './output/log-text.ts'

/** Standard input; a terminal can also hand over keys as they are pressed. */
export type Keyboard = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }

/** The parts of the process that commands use. */
export type Terminal = {
  env: NodeJS.ProcessEnv
  stdin: Keyboard
  stdout: Sink
  stderr: Writable & Sink
  /** Aborts when the person presses Ctrl-C. */
  signal: AbortSignal
}

/** Asks for a secret without showing what is typed. */
export async function askSecret(question: string, keyboard: Keyboard, screen: Sink): Promise<string> {
  screen.write(question)
  keyboard.setRawMode?.(true)
  try {
    return await typedLine(keyboard)
  } finally {
    keyboard.setRawMode?.(false)
    keyboard.pause()
    screen.write('\n')
  }
}

/** In raw mode the terminal edits nothing and raises no signal: both are done here. */
async function typedLine(keyboard: Keyboard): Promise<string> {
  const typed: string[] = []
  keyboard.setEncoding('utf8')
  for await (const chunk of keyboard.iterator({ destroyOnReturn: false })) {
    // oxlint-disable-next-line no-control-regex -- Ctrl-D ends a line too
    const [line = '', end, ...ahead] = String(chunk).split(/([\r\n\u0004])/)
    for (const character of line) {
      if (character === '\u0003') throw new Failure('interrupted', 'Interrupted.')
      if (character === '\u007f' || character === '\b') typed.pop()
      else typed.push(character)
    }
    if (end === undefined) continue
    if (ahead.join('') !== '') keyboard.unshift(ahead.join('')) // typed for the next question
    break
  }
  return typed.join('')
}

export type Consent = { yes: boolean | undefined; format: Format }

/**
 * Asks before something is destroyed. Where nobody can answer, `--yes` must have: a script that deletes says
 * so. Declining is an answer, not an error.
 */
export async function confirmed(
  question: string,
  { yes, format }: Consent,
  terminal: Terminal,
): Promise<boolean> {
  if (yes === true) return true
  if (terminal.stdin.isTTY !== true || format !== 'table') {
    throw new Failure('usage', `${question} Confirm with --yes.`)
  }
  return ask(`${question} [y/N] `, terminal).then((answer) => /^y(es)?$/i.test(answer.trim()))
}

/** Ctrl-D answers nothing; Ctrl-C ends the command. */
async function ask(question: string, { stdin, stderr }: Terminal): Promise<string> {
  const prompt = createInterface({ input: stdin, output: stderr })
  let interrupted = false
  prompt.once('SIGINT', () => {
    interrupted = true
    prompt.close()
  })
  const answer = await new Promise<string | undefined>((resolve) => {
    prompt.question(question, resolve)
    prompt.once('close', () => resolve(undefined))
  })
  prompt.close()
  if (answer === undefined) stderr.write('\n')
  if (interrupted) throw new Failure('interrupted', 'Interrupted.')
  return answer ?? ''
}
