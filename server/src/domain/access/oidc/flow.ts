import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'

/** What a browser keeps while its person is at the identity provider. Only that browser can end what it began. */
const Flow = Type.Object({
  state: Type.String(),
  nonce: Type.String(),
  verifier: Type.String(),
  redirect_to: Type.Optional(Type.String()),
  cli_redirect_uri: Type.Optional(Type.String()),
})
export type Flow = Static<typeof Flow>

const FlowShape = Compile(Flow)

/** Seconds a person may take at the provider. */
export const FLOW_SECONDS = 600

/** As the value of a cookie. */
export function writeFlow(flow: Flow): string {
  return Buffer.from(JSON.stringify(flow)).toString('base64url')
}

/** What a cookie holds, checked again: cookies come from outside. */
export function readFlow(cookie: string | undefined): Flow | undefined {
  const flow = parsed(cookie ?? '')
  if (!FlowShape.Check(flow)) return undefined
  const { redirect_to, cli_redirect_uri } = flow
  if (redirect_to !== undefined && !isLocalPath(redirect_to)) return undefined
  if (cli_redirect_uri !== undefined && !isLoopback(cli_redirect_uri)) return undefined
  return flow
}

function parsed(cookie: string): unknown {
  try {
    return JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8'))
  } catch {
    return undefined // not a cookie of ours
  }
}

/** A path on our own pages: browsers read `//host` and `/\host` as another site. */
export function isLocalPath(path: string): boolean {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes('\\')
}

/** A URL where only a program on the person's own machine listens. */
export function isLoopback(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return (
    url?.protocol === 'http:' &&
    ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) &&
    url.username === '' &&
    url.password === '' &&
    url.hash === ''
  )
}
