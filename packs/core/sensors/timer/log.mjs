const levels = ['trace', 'debug', 'info', 'warn', 'error']

/**
 * @typedef {Record<string, unknown>} Fields
 * @typedef {(message: string, fields?: Fields) => void} Write
 * @typedef {{ debug: Write, info: Write, warn: Write, error: Write }} Log
 */

/**
 * One JSON object per line on stdout, from `level` upwards.
 * @param {string} level
 * @returns {Log}
 */
export function createLog(level) {
  const least = Math.max(0, levels.indexOf(level === '' ? 'info' : level))
  /** @type {(level: string) => Write} */
  const writer = (at) => (message, fields) => {
    if (levels.indexOf(at) < least) return
    const line = { timestamp: new Date().toISOString(), level: at, message, ...fields }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') }
}
