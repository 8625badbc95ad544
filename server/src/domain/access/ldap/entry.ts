import { storableText } from '../../../text/storable-text.ts'
import type { ProviderPerson } from '../identity/provider-account.ts'
import type { LdapSettings } from './settings.ts'

/** An entry of a directory: attributes in any case, with one value or many. */
export type DirectoryEntry = { dn: string; [attribute: string]: unknown }

/** A person by their entry. */
export function personOf(entry: DirectoryEntry, settings: LdapSettings): ProviderPerson {
  const login = firstOf(entry, settings.login_attr)
  const email = firstOf(entry, settings.email_attr)
  const display_name = firstOf(entry, settings.display_name_attr)
  const groups = valuesOf(entry, settings.group_attr)
  const distinguished_name = entry.dn
  return {
    provider: 'ldap',
    distinguished_name,
    display_name,
    logins: [login, email].filter((name) => name !== null),
    groups,
    profile: { distinguished_name, login, email, display_name, groups },
  }
}

function firstOf(entry: DirectoryEntry, attribute: string): string | null {
  const [first] = valuesOf(entry, attribute)
  return first === undefined || first.length > 255 ? null : first
}

/** The values that are text. Servers choose the case of names themselves. */
function valuesOf(entry: DirectoryEntry, attribute: string): string[] {
  const named = Object.entries(entry).find(([name]) => name.toLowerCase() === attribute.toLowerCase())
  return [named?.[1] ?? []]
    .flat()
    .filter((value) => typeof value === 'string')
    .map((value) => storableText(value).trim())
    .filter((value) => value !== '')
}
