import { authCookies, type Headers, setCookie } from './cookie.ts'
import { isSameOrigin } from './same-origin.ts'
import { Answer } from './route.ts'

type Pair = { access_token: string; refresh_token: string }
type Settings = {
  access_ttl_seconds: number
  refresh_ttl_seconds: number
  secure_cookies: boolean
  cors_origins: readonly string[]
}

/** A session as a browser keeps it. */
export function sessionCookies({ access_token, refresh_token }: Pair, settings: Settings): string[] {
  const { access_ttl_seconds, refresh_ttl_seconds, secure_cookies: secure } = settings
  return [
    setCookie({ name: authCookies.access, value: access_token, max_age_seconds: access_ttl_seconds, secure }),
    setCookie({
      name: authCookies.refresh,
      value: refresh_token,
      max_age_seconds: refresh_ttl_seconds,
      secure,
    }),
  ]
}

/** A new session. Our own pages get it as cookies too, so that they need not keep tokens where scripts read them. */
export function sessionAnswer<Session extends Pair>(
  data: Session,
  headers: Headers,
  settings: Settings,
): Answer {
  const cookies = isSameOrigin(headers, settings.cors_origins) ? sessionCookies(data, settings) : []
  return new Answer(200, { data }, cookies.length === 0 ? {} : { 'set-cookie': cookies })
}
