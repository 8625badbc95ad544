import * as oidc from 'openid-client'
import { isJsonObject } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import { type Flow, isLoopback } from './flow.ts'
import type { Claims } from './person.ts'
import type { OidcSettings } from './settings.ts'

const TIMEOUT_SECONDS = 10

/** An identity provider as the login needs it. */
export type OidcProvider = {
  /** Where the browser goes, and what must be kept to believe what comes back. */
  begin(): Promise<{ url: string; flow: Pick<Flow, 'state' | 'nonce' | 'verifier'> }>
  /** Trades what came back for claims that are proven: signature, issuer, audience, nonce, state, time. */
  finish(flow: Flow, answer: URLSearchParams): Promise<{ claims: Claims; id_token: string }>
  /** Where a browser ends its session at the provider; undefined when the provider has no such page. */
  endSession(id_token: string): Promise<string | undefined>
}

export type RequiredSettings = OidcSettings & {
  discovery_url: string
  client_id: string
  redirect_uri: string
}

/** The provider is asked about itself at the first login, and again as long as it did not answer. */
export function createOidcProvider(settings: RequiredSettings): OidcProvider {
  let known: Promise<oidc.Configuration> | undefined
  const configuration = (): Promise<oidc.Configuration> => {
    known ??= discover(settings).catch((error: unknown) => {
      known = undefined
      throw away(error)
    })
    return known
  }
  const { redirect_uri, post_logout_redirect_uri } = settings
  const scope = [...new Set(['openid', 'email', 'profile', ...settings.scopes])].join(' ')
  return {
    async begin() {
      const config = await configuration()
      const flow = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri,
        scope,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, flow }
    },
    async finish(flow, answer) {
      const config = await configuration()
      const url = new URL(redirect_uri)
      url.search = answer.toString()
      try {
        return await exchange(config, url, flow)
      } catch (error) {
        throw refusal(error)
      }
    },
    async endSession(id_token) {
      const config = await configuration()
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined
      return oidc.buildEndSessionUrl(config, {
        id_token_hint: id_token,
        ...(post_logout_redirect_uri === undefined ? {} : { post_logout_redirect_uri }),
      }).href
    },
  }
}

/** Signatures of ID tokens are checked although TLS brought them: a proxy in between may end the TLS. */
function discover({
  discovery_url,
  client_id,
  client_secret,
}: RequiredSettings): Promise<oidc.Configuration> {
  return oidc.discovery(
    new URL(discovery_url),
    client_id,
    {},
    client_secret === undefined ? oidc.None() : oidc.ClientSecretBasic(client_secret),
    {
      timeout: TIMEOUT_SECONDS,
      execute: [
        oidc.enableNonRepudiationChecks,
        // A provider on this machine needs no TLS; every other one does.
        ...(isLoopback(discovery_url) ? [oidc.allowInsecureRequests] : []),
      ],
    },
  )
}

async function exchange(config: oidc.Configuration, url: URL, flow: Flow) {
  const tokens = await oidc.authorizationCodeGrant(config, url, {
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    pkceCodeVerifier: flow.verifier,
    idTokenExpected: true,
  })
  const { id_token } = tokens
  const proven = tokens.claims()
  if (id_token === undefined || proven === undefined) throw unconfirmed()
  const told =
    config.serverMetadata().userinfo_endpoint === undefined
      ? {}
      : await oidc.fetchUserInfo(config, tokens.access_token, proven.sub)
  const { iss, sub } = proven
  const claims: unknown = { ...proven, ...told, iss, sub }
  if (!isClaims(claims)) throw unconfirmed()
  return { claims, id_token }
}

function isClaims(value: unknown): value is Claims {
  return isJsonObject(value) && typeof value.iss === 'string' && typeof value.sub === 'string'
}

/** A provider that says no, one that cannot be believed, and one that does not answer. */
function refusal(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof oidc.AuthorizationResponseError)
    return new Problem('UNAUTHORIZED', `The identity provider refused the login (${wordOf(error.error)}).`)
  if (error instanceof oidc.ClientError || error instanceof oidc.ResponseBodyError) return unconfirmed()
  return away(error)
}

function unconfirmed(): Problem {
  return new Problem('UNAUTHORIZED', 'The login at the identity provider is not confirmed; start again.')
}

/** The text of an error comes through the browser: only a plain word is repeated. */
function wordOf(text: string): string {
  return /^[a-z_]{1,60}$/.test(text) ? text : 'no known reason'
}

function away(error: unknown): Problem {
  const problem = new Problem(
    'SERVICE_UNAVAILABLE',
    'The identity provider does not answer as it should; try again shortly.',
  )
  problem.cause = error
  return problem
}
