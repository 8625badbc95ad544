import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createSuiteRunner } from '../src/action-runner/test-suite.ts'
import { createCatalogue, type RegistrySettings } from '../src/domain/packs/pack-index/catalogue.ts'
import { packIndexRoutes } from '../src/domain/packs/pack-index/routes.ts'
import type { SourceSettings } from '../src/domain/packs/pack-source/obtain.ts'
import { resolveByDns } from '../src/domain/packs/fetch/resolve-host.ts'
import { packSourceRoutes } from '../src/domain/packs/pack-source/routes.ts'
import type { Route } from '../src/http/route.ts'
import type { Answer, Api, ApiParts } from './api.ts'
import { depotFiles, type Changes } from './depot.ts'
import { tgz } from './archives.ts'

/** What the tests permit: servers of this machine, without TLS. */
const registrySettings: RegistrySettings = {
  enabled: true,
  indices: [],
  cache_enabled: true,
  cache_ttl: 3600,
  timeout: 60,
  verify_checksums: true,
  allow_http: true,
  allowed_source_hosts: [],
  allowed_private_hosts: ['127.0.0.1'],
  local_roots: [],
}

export const packLimits: SourceSettings['limits'] = {
  max_archive_size_bytes: 256 * 1024,
  max_extracted_size_bytes: 512 * 1024,
  max_per_entry_size_bytes: 128 * 1024,
  max_file_count: 100,
  allow_symlinks: false,
}

/** The routes by which packs come in, with settings of a test. */
export function outsideRoutes(
  { cipher, log }: ApiParts,
  packs_base_dir: string,
  changed: Partial<RegistrySettings> = {},
): Route[] {
  const settings = { ...registrySettings, ...changed }
  const sources = { settings, packs_base_dir, resolve: resolveByDns, cipher }
  const catalogue = createCatalogue({ ...sources, log })
  const { run: run_suite } = createSuiteRunner({ PATH: process.env.PATH })
  return [
    ...packSourceRoutes({ ...sources, catalogue, limits: packLimits, allow_file_remotes: true, run_suite }),
    ...packIndexRoutes({ settings, cipher, catalogue }),
  ]
}

/** The depot pack as an archive, with changes. */
export function depotArchive(changes: Changes = {}, folder = ''): Buffer {
  const files = Object.entries<string | undefined>({ ...depotFiles, ...changes })
  return tgz(
    ...files.flatMap(([name, content]) =>
      content === undefined ? [] : [{ name: `${folder}${name}`, content }],
    ),
  )
}

/** What a refusal says. */
export function errorOf(answer: Pick<Answer, 'body'> | undefined): string {
  const error = answer?.body.error
  return typeof error === 'string' ? error : ''
}

export type FormPart = { name: string; content: Buffer | string; filename?: string }

/** Sends a form, as a browser or the command line does. */
export async function upload(
  api: Api,
  {
    token,
    parts,
    path = '/api/v1/packs/upload',
  }: { token?: string; parts: readonly FormPart[]; path?: string },
): Promise<Answer> {
  const boundary = 'a-line-that-is-nowhere-else'
  const lines = parts.flatMap(({ name, content, filename }) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n`,
    filename === undefined ? '\r\n' : 'content-type: application/octet-stream\r\n\r\n',
    content,
    '\r\n',
  ])
  const payload = Buffer.concat([...lines, `--${boundary}--\r\n`].map((line) => Buffer.from(line)))
  const response = await api.server.inject({
    method: 'POST',
    url: path,
    payload,
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })
  return { status: response.statusCode, body: response.json(), headers: response.headers }
}

export type Outside = {
  url: string
  host: string
  seen: IncomingMessage[]
  /** What is answered by path; the rest is 404. */
  answers: Map<string, Buffer | string | RequestListener>
  close(): Promise<void>
}

/** A web server that packs and indexes are fetched from. */
export async function startOutside(): Promise<Outside> {
  const seen: IncomingMessage[] = []
  const answers: Outside['answers'] = new Map()
  const server = createServer((request, response) => {
    seen.push(request)
    const answer = answers.get(new URL(request.url ?? '/', 'http://x').pathname)
    if (answer === undefined) response.writeHead(404).end()
    else if (typeof answer === 'function') answer(request, response)
    else response.end(answer)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    host: '127.0.0.1',
    seen,
    answers,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
