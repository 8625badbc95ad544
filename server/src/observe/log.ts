import { createRequire } from 'node:module'
import { type DestinationStream, type Logger, pino } from 'pino'
import type Pretty from 'pino-pretty'

export type Log = Logger

/** One JSON line per message, request and sweep on stdout. Secrets never get here; names of fields do. */
export function createLog(options: {
  level: string
  format: 'json' | 'pretty'
  role?: string
  /** Where JSON lines go instead of stdout. */
  to?: { write(line: string): void }
}): Log {
  const base = options.role === undefined ? {} : { role: options.role }
  const settings = { level: options.level, base, timestamp: pino.stdTimeFunctions.isoTime }
  if (options.format === 'pretty') return pino(settings, prettyStream())
  return options.to === undefined ? pino(settings) : pino(settings, options.to)
}

/** Readable lines for a terminal, written at once; what makes them is loaded only for one. */
function prettyStream(): DestinationStream {
  const pretty: typeof Pretty = createRequire(import.meta.url)('pino-pretty')
  return pretty({
    destination: process.stdout,
    translateTime: 'HH:MM:ss',
    singleLine: true,
    errorLikeObjectKeys: ['err'], // `error` is a sentence
  })
}
