import { isJsonObject, type Json } from '../json.ts'

/** What a line of a sensor's output says: how bad it is, and how many events are lost. */
export type LogLine = { level: 'info' | 'warn' | 'error'; events_lost: number }

/** A line that claims more is a mistake or a lie. */
const MOST_LOST = 1_000_000

/**
 * Reads a line of a sensor. Sensors that write JSON objects may give their `level`, and say with `events_lost` that
 * events will not arrive; any other line is news and no more.
 */
export function readLogLine(line: string): LogLine {
  const fields = line.startsWith('{') ? parsed(line) : null
  if (!isJsonObject(fields)) return { level: 'info', events_lost: 0 }
  const { level, events_lost } = fields
  const lost = Number.isSafeInteger(events_lost) ? Number(events_lost) : 0
  return {
    level: level === 'warn' || level === 'error' ? level : 'info',
    events_lost: Math.min(Math.max(lost, 0), MOST_LOST),
  }
}

function parsed(line: string): Json {
  try {
    const value: Json = JSON.parse(line)
    return value
  } catch {
    return null // a line of plain text
  }
}
