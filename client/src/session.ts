import type { Send } from './send.ts'

export type Tokens = { access: string | undefined; refresh: string | undefined }
export type TokenPair = { access: string; refresh: string }

/** Where the tokens of a session are kept: a file, the storage of a browser, or nowhere. */
export type TokenStore = {
  /** What is kept now: another process or page may have renewed it. Undefined where nothing is kept. */
  kept(): Promise<Tokens | undefined>
  keep(tokens: TokenPair): Promise<void>
  /** Says in the words of whoever asks that there is no session. Without it, `LoggedOut` is thrown. */
  loggedOut?(why: LoggedOut['why']): Error
}

/** There is no session: there never was one, or the server has refused to renew it. */
export class LoggedOut extends Error {
  override readonly name = 'LoggedOut'
  readonly why: 'no session' | 'ended'

  constructor(why: LoggedOut['why']) {
    super(why === 'ended' ? 'The session has ended.' : 'Not logged in.')
    this.why = why
  }
}

/** Trades a refresh token for a new pair. Undefined where the server refuses. */
export type Renew = (refresh: string) => Promise<TokenPair | undefined>

type Renewal = 'renewed' | 'taken over'

/**
 * A bearer token, with one renewal and one retry on 401. A refresh token is good once, and several processes may share
 * one: what another process has renewed is taken over, not renewed again.
 */
export class Session {
  readonly #store: TokenStore
  readonly #renew: Renew
  #tokens: Tokens
  #renewing: Promise<Renewal> | undefined

  constructor(tokens: Tokens, store: TokenStore, renew: Renew) {
    this.#tokens = tokens
    this.#store = store
    this.#renew = renew
  }

  /** Works with these tokens from here on. */
  begin(tokens: TokenPair): void {
    this.#tokens = tokens
  }

  /** A 401 had no effect on the server, so repeating the call with a new token is safe, also for a POST. */
  authorised(send: Send, { once = false }: { once?: boolean }): Send {
    return async (request) => {
      if (this.#tokens.access === undefined) await this.#renewal()
      const { access } = this.#tokens
      const response = await send(this.#withToken(request))
      if (response.status !== 401 || this.#tokens.refresh === undefined || once) return response
      await response.body?.cancel()
      // Another call may have renewed while this one was under way.
      const how = access === this.#tokens.access ? await this.#renewal() : 'taken over'
      const again = await send(this.#withToken(request))
      if (again.status !== 401 || how === 'renewed') return again
      await again.body?.cancel()
      await this.#renewal()
      return send(this.#withToken(request))
    }
  }

  #withToken(request: Request): Request {
    const { access } = this.#tokens
    const authorised = request.clone()
    if (access !== undefined) authorised.headers.set('authorization', `Bearer ${access}`)
    return authorised
  }

  /** Calls that find the token expired at the same time share one renewal. */
  #renewal(): Promise<Renewal> {
    this.#renewing ??= this.#exchange().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #exchange(): Promise<Renewal> {
    const { refresh } = this.#tokens
    if (refresh === undefined) throw this.#loggedOut('no session')
    if (await this.#takeOver()) return 'taken over'
    const renewed = await this.#renew(refresh)
    if (renewed === undefined) {
      if (await this.#takeOver()) return 'taken over'
      throw this.#loggedOut('ended')
    }
    this.#tokens = renewed
    await this.#store.keep(renewed)
    return 'renewed'
  }

  #loggedOut(why: LoggedOut['why']): Error {
    return this.#store.loggedOut?.(why) ?? new LoggedOut(why)
  }

  async #takeOver(): Promise<boolean> {
    const kept = await this.#store.kept()
    if (kept?.refresh === undefined || kept.refresh === this.#tokens.refresh) return false
    this.#tokens = kept
    return true
  }
}
