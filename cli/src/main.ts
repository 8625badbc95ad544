#!/usr/bin/env node
import { attune } from './program.ts'

/** `attune … | head`: a reader that has seen enough is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

const interrupt = new AbortController()
// Only the first Ctrl-C is handled; a second one ends the process the hard way.
process.once('SIGINT', () => interrupt.abort())

const { env, stdin, stdout, stderr } = process
process.exitCode = await attune(process.argv.slice(2), {
  env,
  stdin,
  stdout,
  stderr,
  signal: interrupt.signal,
})
