/** An identity provider and how we are known there. */
export type OidcSettings = {
  enabled: boolean
  discovery_url?: string
  client_id?: string
  client_secret?: string
  redirect_uri?: string
  post_logout_redirect_uri?: string
  provider_name: string
  scopes: readonly string[]
}
