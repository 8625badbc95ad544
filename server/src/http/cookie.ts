/** The headers of a request. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a browser keeps of a session. No script reads them. */
export const authCookies = {
  access: 'attune_access_token',
  refresh: 'attune_refresh_token',
  oidc_id: 'attune_oidc_id_token',
} as const

/** The value of a cookie of the request. */
export function cookieIn({ cookie }: Headers, name: string): string | undefined {
  if (typeof cookie !== 'string') return undefined
  const start = `${name}=`
  const pair = cookie.split(/;\s*/).find((part) => part.startsWith(start))
  const value = pair?.slice(start.length)
  return value === '' ? undefined : value
}

export type Cookie = { name: string; value: string; max_age_seconds: number; secure: boolean; path?: string }

/** A Set-Cookie header. The value must be of token characters: a JWT, base64url. */
export function setCookie({ name, value, max_age_seconds, secure, path = '/' }: Cookie): string {
  const base = `${name}=${value}; Path=${path}; Max-Age=${Math.floor(max_age_seconds)}; HttpOnly; SameSite=Lax`
  return secure ? `${base}; Secure` : base
}

/** Makes the browser forget a cookie. */
export function clearCookie(cookie: Omit<Cookie, 'value' | 'max_age_seconds'>): string {
  return setCookie({ ...cookie, value: '', max_age_seconds: 0 })
}
