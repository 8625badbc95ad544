import { readFile } from 'node:fs/promises'

/**
 * @typedef {{ current(): string, reload(): Promise<boolean> }} Token
 * @typedef {{ apiUrl: string, sensorRef: string, logLevel: string, rules: unknown[], token: Token }} Settings
 */

/**
 * What the sensor service says through the environment.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Settings>}
 */
export async function readSettings(env) {
  const apiUrl = required(env, 'ATTUNE_API_URL').replace(/\/+$/, '')
  if (!/^https?:\/\//.test(apiUrl)) throw new Error(`ATTUNE_API_URL must start with http:// or https://`)
  return {
    apiUrl,
    sensorRef: required(env, 'ATTUNE_SENSOR_REF'),
    logLevel: env.ATTUNE_LOG_LEVEL ?? '',
    rules: readList(env.ATTUNE_SENSOR_TRIGGERS || '[]'),
    token: await readToken(env),
  }
}

/**
 * The token from the file that the service keeps fresh, or the fixed one from the environment.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Token>}
 */
async function readToken(env) {
  const file = env.ATTUNE_API_TOKEN_FILE
  if (file === undefined || file === '') {
    const fixed = required(env, 'ATTUNE_API_TOKEN')
    return { current: () => fixed, reload: async () => false }
  }
  const read = async () => (await readFile(file, 'utf8')).trim()
  let token = await read()
  return {
    current: () => token,
    /** Resolves to whether there is another token to try. */
    async reload() {
      const before = token
      // A token that is gone from its file is over: another host runs this sensor now.
      token = await read().catch(() => before)
      return token !== before
    },
  }
}

/**
 * @param {string} text
 * @returns {unknown[]}
 */
function readList(text) {
  const list = JSON.parse(text)
  if (!Array.isArray(list)) throw new Error('ATTUNE_SENSOR_TRIGGERS must be a JSON array')
  return list
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 */
function required(env, name) {
  const value = env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set`)
  return value
}
