import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { storableText } from '../../../text/storable-text.ts'
import type { ProviderPerson } from '../identity/provider-account.ts'

/** What a provider claims of a person: the claims of the ID token, and above them those of its userinfo. */
export type Claims = JsonObject & { iss: string; sub: string }

/**
 * A person by their claims. An address that the provider has not verified names no account: anybody can type one.
 */
export function personOf(claims: Claims): ProviderPerson {
  const { iss: issuer, sub } = claims
  const email = textOf(claims['email'])
  const email_verified = claims['email_verified']
  const login = textOf(claims['preferred_username'])
  const display_name = textOf(claims['name']) ?? login
  const groups = textsOf(claims['groups'])
  return {
    provider: 'oidc',
    issuer,
    subject: sub,
    display_name,
    logins: [email_verified === false ? null : email, login].filter((name) => name !== null),
    groups,
    profile: {
      issuer,
      sub,
      login,
      email,
      email_verified: typeof email_verified === 'boolean' ? email_verified : null,
      display_name,
      groups,
    },
  }
}

/** Providers send names as text; what is no text, or too long for a name, says nothing. */
function textOf(value: Json | undefined): string | null {
  if (typeof value !== 'string') return null
  const text = storableText(value).trim()
  return text === '' || text.length > 255 ? null : text
}

/** A list, a single name, or the keys of a map: providers differ. */
function textsOf(value: Json | undefined): string[] {
  const list = Array.isArray(value) ? value : isJsonObject(value) ? Object.keys(value) : [value]
  return list.flatMap((one) => textOf(one) ?? [])
}
