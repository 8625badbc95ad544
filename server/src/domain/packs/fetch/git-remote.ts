import { quoted } from '../archive/archive-entry.ts'
import { checkHost, type HostRules, plainUrl, refusedSource } from './source-url.ts'

export type GitRules = HostRules & {
  /** Repositories on this machine's own disk: for tests. */
  allow_file: boolean
  /** With what this machine shows who it is to an SSH server, and by what it knows the server. */
  ssh: { identity_file: string; known_hosts_file: string } | null
}

/** A repository that may be asked. `url` is what git is given; it has no user but that of SSH. */
export type GitRemote = {
  protocol: 'https' | 'http' | 'ssh' | 'file'
  url: string
  hostname: string
  port: number
}

/** Reads the address of a repository. What git would take for something else than an address is refused. */
export function parseRemote(text: string, rules: GitRules): GitRemote {
  if (text.startsWith('-')) throw refusedSource('must not begin with a hyphen')
  const [, helper] = /^([\w-]+)::/.exec(text) ?? []
  if (helper !== undefined)
    throw refusedSource(`uses a git helper, ${quoted(helper)}, which is not permitted`)
  if (text.startsWith('ssh://')) return sshRemote(text, rules)
  const [, user, host, path = ''] = /^(\w[\w.-]*)@(\w[\w.-]*):(?!\/\/)([\w~/][^:]*)$/.exec(text) ?? []
  if (host !== undefined) return sshRemote(`ssh://${user}@${host}/${path.replace(/^\//, '')}`, rules)
  return urlRemote(plainUrl(text), rules)
}

function urlRemote(url: URL, rules: GitRules): GitRemote {
  switch (url.protocol) {
    case 'https:':
      return webRemote(url, 'https', rules)
    case 'http:':
      if (rules.allow_http) return webRemote(url, 'http', rules)
      throw refusedSource('must begin with https://; pack_registry.allow_http permits http://')
    case 'file:':
      if (rules.allow_file && url.host === '')
        return { protocol: 'file', url: url.href, hostname: '', port: 0 }
      throw refusedSource('repositories on the disk of the server are not permitted')
    default:
      throw refusedSource(
        `git repositories are reached by https:// or ssh://, not by ${quoted(url.protocol)}`,
      )
  }
}

function webRemote(url: URL, protocol: 'https' | 'http', rules: GitRules): GitRemote {
  checkHost(url.hostname, rules)
  if (url.search !== '' || url.hash !== '') throw refusedSource('a repository has no query and no fragment')
  const port = Number(url.port) || (protocol === 'https' ? 443 : 80)
  return { protocol, url: url.href, hostname: url.hostname, port }
}

function sshRemote(text: string, rules: GitRules): GitRemote {
  const [, user, hostname = '', port, path = ''] =
    /^ssh:\/\/(?:(\w[\w.-]{0,63})@)?(\w[\w.-]{0,252})(?::(\d{1,5}))?\/([\w~.][\w~./+-]*)$/.exec(text) ?? []
  if (hostname === '' || path.split('/').includes('..')) {
    throw refusedSource('is not an address like git@host:path or ssh://git@host/path')
  }
  checkHost(hostname, rules)
  if (rules.ssh === null) {
    throw refusedSource(
      'SSH needs pack_registry.ssh_identity_file and pack_registry.ssh_known_hosts_file to be configured; or use https://',
    )
  }
  const at = `${user ?? 'git'}@${hostname}${port === undefined ? '' : `:${port}`}`
  return { protocol: 'ssh', url: `ssh://${at}/${path}`, hostname, port: Number(port ?? 22) }
}

const MAX_REF = 255

/** Reads a branch, a tag or a full commit id. What git would take for a range, a pattern or an option is refused. */
export function checkedGitRef(text: string): string {
  const reason = refReason(text)
  if (reason === undefined) return text
  throw refusedSource(`${quoted(text)} ${reason}`, 'ref_spec')
}

function refReason(text: string): string | undefined {
  if (text.length > MAX_REF) return `is longer than ${MAX_REF} characters`
  if (text.startsWith('-')) return 'must not begin with a hyphen'
  if (!/^\w[\w./+@-]*$/.test(text)) return 'is not the name of a branch, a tag or a commit'
  const odd = text.includes('..') || text.includes('//') || text.includes('@{') || text.includes('/.')
  if (odd || /(?:\.lock|[./@])$/.test(text) || text.includes('.lock/')) {
    return 'is not the name of a branch, a tag or a commit'
  }
  return undefined
}
