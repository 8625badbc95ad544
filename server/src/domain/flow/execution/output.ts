import type { JsonObject } from '../../../json.ts'
import type { LogStream } from './log-file.ts'

/**
 * What a stream said, taken from the result: short output of short processes has no log file. Of output that was
 * read as data this is the data.
 */
export function outputIn(result: JsonObject, stream: LogStream): string {
  const text = result[stream]
  if (typeof text === 'string') return text
  return stream === 'stdout' && result.data !== undefined ? `${JSON.stringify(result.data, null, 2)}\n` : ''
}
