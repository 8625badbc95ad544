/** A directory, how people are found in it, and what their entries call things. */
export type LdapSettings = {
  enabled: boolean
  url?: string
  bind_dn_template?: string
  user_search_base?: string
  search_bind_dn?: string
  search_bind_password?: string
  user_filter: string
  login_attr: string
  email_attr: string
  display_name_attr: string
  group_attr: string
  starttls: boolean
  danger_skip_tls_verify: boolean
  ca?: string
  provider_name: string
}
