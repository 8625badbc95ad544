import createCalls, { type Client } from 'openapi-fetch'
import { dataOf } from './answer.ts'
import { filled } from './api-path.ts'
import { Refusal } from './refusal.ts'
import type { Paths, Schemas } from './requests.ts'
import { patiently, type Send, type SendOptions, type Transport } from './send.ts'
import { Session, type TokenPair, type Tokens, type TokenStore } from './session.ts'

export type Connection = Transport & {
  /** Sent with every request, such as `user-agent`. */
  headers?: Readonly<Record<string, string>>
  tokens: Tokens
  store: TokenStore
}

/** The calls of the document, `GET('/api/v1/rules/{ref}', …)`, in the name of one session. */
export type Api = Client<Paths> & {
  readonly url: string
  /** For a call that is sent in another way than all others: `{ fetch: api.sending({ once: true }) }`. */
  sending(options: SendOptions): Send
  /** Uses the session that a login brought from here on. */
  begin(session: Schemas['Session']): TokenPair
}

/** Runs wherever there is a `fetch`: Node and browsers. */
export function connect(connection: Connection): Api {
  const { url, headers, tokens, store } = connection
  const sending = (options: SendOptions): Send => {
    const send = patiently(connection, options)
    return options.anonymous === true ? send : session.authorised(send, options)
  }
  const calls = createCalls<Paths>({
    baseUrl: url,
    headers: { ...headers },
    fetch: (request) => plain(request),
    pathSerializer: filled,
  })
  const session = new Session(tokens, store, async (refresh_token) => {
    const body = { refresh_token }
    try {
      return pairOf(await dataOf(calls.POST('/auth/refresh', { body, fetch: sending({ anonymous: true }) })))
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) return undefined
      throw error
    }
  })
  const plain = sending({})
  return {
    ...calls,
    url,
    sending,
    begin(begun) {
      const pair = pairOf(begun)
      session.begin(pair)
      return pair
    },
  }
}

function pairOf({ access_token, refresh_token }: Schemas['Session']): TokenPair {
  return { access: access_token, refresh: refresh_token }
}
