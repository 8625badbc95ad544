import type { Settings } from '../config/settings.ts'
import { identityRoutes } from '../domain/access/account/routes.ts'
import { sensorTokenRoutes } from '../domain/definition/sensor-token/routes.ts'
import type { SessionSettings } from '../domain/access/session/open.ts'
import { sessionRoutes } from '../domain/access/session/routes.ts'
import { integrationTokenRoutes } from '../domain/access/integration-token/routes.ts'
import { createDirectory, type Directory } from '../domain/access/ldap/directory.ts'
import { ldapRoutes } from '../domain/access/ldap/routes.ts'
import { createOidcProvider, type OidcProvider } from '../domain/access/oidc/provider.ts'
import { oidcRoutes } from '../domain/access/oidc/routes.ts'
import type { Tokens } from '../domain/access/token/token.ts'
import { raiseSessionReused } from '../domain/watch/alert/session-reused.ts'
import type { Route } from '../http/route.ts'

/** Every way in: passwords, integration tokens, an identity provider, a directory, and tokens for sensors. */
export function loginRoutes(settings: Settings, tokens: Tokens): Route[] {
  const { security } = settings
  const session = sessionOf(settings, tokens)
  const provider = providerOf(security.oidc)
  return [
    ...identityRoutes({ session, options: security }),
    ...sessionRoutes({
      session,
      ...(provider === undefined ? {} : { endAtProvider: provider.endSession }),
    }),
    ...sensorTokenRoutes({ tokens, bootstrap_token: security.bootstrap_token }),
    ...integrationTokenRoutes({ session }),
    ...oidcRoutes({ session, provider }),
    ...ldapRoutes({ session, settings: security.ldap, directory: directoryOf(security.ldap) }),
  ]
}

function sessionOf({ environment, server, security }: Settings, tokens: Tokens): SessionSettings {
  const urls = [server.public_url, security.oidc.enabled ? security.oidc.redirect_uri : undefined]
  return {
    tokens,
    access_ttl_seconds: security.jwt_access_expiration,
    refresh_ttl_seconds: security.jwt_refresh_expiration,
    secure_cookies: environment === 'production' || urls.some((url) => url?.startsWith('https:') === true),
    cors_origins: server.cors_origins,
    reused: raiseSessionReused,
  }
}

/** What must be there when it is enabled was checked when the settings were read. */
function providerOf(settings: Settings['security']['oidc']): OidcProvider | undefined {
  const { enabled, discovery_url, client_id, redirect_uri } = settings
  if (!enabled || discovery_url === undefined || client_id === undefined || redirect_uri === undefined)
    return undefined
  return createOidcProvider({ ...settings, discovery_url, client_id, redirect_uri })
}

function directoryOf(settings: Settings['security']['ldap']): Directory | undefined {
  const { enabled, url } = settings
  return enabled && url !== undefined ? createDirectory({ ...settings, url }) : undefined
}
