import { type Logger, pino } from 'pino'

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

/** Readable lines for a terminal: time, level, message, fields. */
function prettyStream() {
  return {
    write(line: string) {
      const { time, level, msg, ...fields }: Record<string, unknown> = JSON.parse(line)
      const label = level === 30 ? 'info' : level === 40 ? 'warn' : level === 50 ? 'error' : 'debug'
      const rest = Object.entries(fields).map(
        ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      )
      process.stdout.write(
        `${String(time).slice(11, 19)} ${label.padEnd(5)} ${String(msg)}${rest.length > 0 ? `  ${rest.join(' ')}` : ''}\n`,
      )
    },
  }
}
