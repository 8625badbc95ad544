import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingHttpHeaders, request as send } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../src/config/load.ts'
import type { Database } from '../src/database/database.ts'
import { ensurePartitions } from '../src/database/partitions.ts'
import type { Grant } from '../src/domain/caller/permission.ts'
import type { Route } from '../src/http/route.ts'
import type { JsonObject } from '../src/json.ts'
import { createLog } from '../src/observe/log.ts'
import { apiRoutes, startApi } from '../src/services/api.ts'
import { openPlatform, type Platform } from '../src/services/platform.ts'
import { freshDatabase } from './database.ts'
import * as given from './given.ts'
import { accessToken, sensorToken } from './session.ts'

export type RawAnswer = { status: number; headers: IncomingHttpHeaders; text: string }
type RawRequest = { headers?: Record<string, string>; body?: string }

/** The API with every route, listening, on a database of its own. */
export type WholeApi = {
  platform: Platform
  db: Database
  database_url: string
  routes: readonly Route[]
  url: string
  /** Sends the path as it is written: nothing normalises it. */
  ask(method: string, path: string, request?: RawRequest): Promise<RawAnswer>
  /** An access token of a new account that holds these grants. */
  tokenWith(...grants: Grant[]): Promise<string>
  /** A token that a host made for a sensor, which serves these triggers. */
  sensorToken(ref: string, trigger_types: readonly string[]): Promise<string>
  end(): Promise<void>
}

/** A request that is not answered in this time hangs. */
const ANSWER_WITHIN_MS = 20_000

export async function wholeApi(overrides: JsonObject = {}): Promise<WholeApi> {
  const database = await freshDatabase()
  const home = await mkdtemp(join(tmpdir(), 'attune-whole-'))
  const { settings } = await loadSettings(
    {},
    { overrides: { server: { port: 0, refused_per_minute: 1_000_000 }, ...overrides } },
  )
  const platform = await openPlatform({
    settings,
    log: createLog({ level: process.env.ATTUNE_TEST_LOG ?? 'fatal', format: 'pretty' }),
    home,
    database_url: database.url,
    jwt_secret: 'a test secret of more than thirty-two characters',
    access_token_secret: 'one more test secret of more than thirty-two characters',
    encryption_key: 'another test secret of more than thirty-two characters',
    previous_encryption_keys: [],
    collect_dead_letters: false,
  })
  await ensurePartitions(platform.database, 1)
  const service = await startApi(platform, {})
  return {
    platform,
    db: platform.database,
    database_url: database.url,
    routes: apiRoutes(platform, {}),
    url: service.url,
    ask: (method, path, request) => ask(service.url, { method, path, ...request }),
    async tokenWith(...grants) {
      const { id, login } = await given.identity(platform.database)
      const set = await given.permissionSet(platform.database, { grants })
      await given.permissionAssignment(platform.database, { identity: id, permset: set.id })
      return accessToken(platform, { id, login }, 600)
    },
    sensorToken: (ref, trigger_types) => sensorToken(platform, ref, trigger_types),
    async end() {
      await service.stop()
      await platform.close()
      await database.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function ask(
  url: string,
  { method, path, headers = {}, body }: RawRequest & { method: string; path: string },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    // Node announces no body of a DELETE by itself.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const request = send({ hostname, port, method, path, headers: { ...length, ...headers } }, (response) => {
      const stream = String(response.headers['content-type']).startsWith('text/event-stream')
      if (stream) {
        response.destroy() // its head is what is asked about; it may never end
        return resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '' })
      }
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      )
    })
    request.setTimeout(ANSWER_WITHIN_MS, () =>
      request.destroy(new Error(`${method} ${path} got no answer in ${ANSWER_WITHIN_MS} ms`)),
    )
    request.once('error', (error) =>
      reject(new Error(`${method} ${path} ${JSON.stringify(headers)}: ${error.message}`)),
    )
    request.end(body)
  })
}
