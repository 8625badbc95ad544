import type { FieldProblem } from '../problem.ts'
import { howToMake, secretFault } from './secret-strength.ts'
import type { Settings } from './settings.ts'

/** What is wrong with settings that are well formed: secrets that are none, and parts that are missing. */
export function faultsOf(settings: Settings): FieldProblem[] {
  return [
    ...secretFaults(settings.security),
    ...oidcFaults(settings.security.oidc),
    ...ldapFaults(settings.security.ldap),
    ...productionFaults(settings),
  ]
}

function secretFaults(security: Settings['security']): FieldProblem[] {
  const { jwt_secret, access_token_secret, encryption_key, bootstrap_token } = security
  const secrets = Object.entries({ jwt_secret, access_token_secret, encryption_key, bootstrap_token })
  return secrets.flatMap(([name, secret]) => {
    const fault = secret === undefined ? undefined : secretFault(secret)
    const shared = secrets.some(([other, same]) => secret !== undefined && other !== name && same === secret)
    return [
      ...(fault === undefined ? [] : [problem(name, `${fault}; ${howToMake}`)]),
      ...(shared ? [problem(name, `is used for something else too; ${howToMake}`)] : []),
    ]
  })
}

function oidcFaults(oidc: Settings['security']['oidc']): FieldProblem[] {
  if (!oidc.enabled) return []
  const { discovery_url, client_id, redirect_uri } = oidc
  return [
    ...missing('oidc', { discovery_url, client_id, redirect_uri }),
    ...Object.entries({ discovery_url, redirect_uri }).flatMap(([name, url]) =>
      url === undefined || isSafeUrl(url)
        ? []
        : [problem(`oidc.${name}`, 'must be an https URL (http only on this machine)')],
    ),
  ]
}

/** http is for what runs on the same machine. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return (
    protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  )
}

function ldapFaults(ldap: Settings['security']['ldap']): FieldProblem[] {
  if (!ldap.enabled) return []
  const { url, bind_dn_template, user_search_base, user_filter, starttls } = ldap
  const faults = missing('ldap', { url })
  if (url !== undefined && !/^ldaps?:\/\/[^/?#]+\/?$/.test(url))
    faults.push(problem('ldap.url', 'must be like ldap://host or ldaps://host:636'))
  if (starttls && url?.startsWith('ldaps:') === true)
    faults.push(problem('ldap.starttls', 'is for ldap://; ldaps:// begins with TLS'))
  if (bind_dn_template === undefined && user_search_base === undefined)
    faults.push(problem('ldap.user_search_base', 'is required where there is no ldap.bind_dn_template'))
  if (bind_dn_template !== undefined && !bind_dn_template.includes('{login}'))
    faults.push(problem('ldap.bind_dn_template', 'must hold {login}, else everybody is the same person'))
  if (!user_filter.includes('{login}'))
    faults.push(problem('ldap.user_filter', 'must hold {login}, else everybody is the same person'))
  return faults
}

function productionFaults({ environment, security }: Settings): FieldProblem[] {
  return environment === 'production' && security.allow_self_registration
    ? [problem('allow_self_registration', 'is not for production; make accounts for people instead')]
    : []
}

function missing(section: string, values: Readonly<Record<string, string | undefined>>): FieldProblem[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [problem(`${section}.${name}`, `is required where ${section} is enabled`)] : [],
  )
}

function problem(name: string, message: string): FieldProblem {
  return { field: `security.${name}`, message }
}
