import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Problem } from '../../../problem.ts'
import { fetchFromGit, type GitFetch } from './git-fetch.ts'
import { checkedGitRef, parseRemote } from './git-remote.ts'

/** Each test starts a dozen programs, on whatever machine. */
const slow = { timeout: 60_000 }

/** Repositories to fetch from, and where evil ones would leave a mark. */
let home: string
/** Where packs come in. */
let folder: string
const mark = () => join(home, 'evil-was-here')

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'attune-git-'))
})
afterAll(() => rm(home, { recursive: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-git-in-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
  expect(existsSync(mark())).toBe(false)
})

/** git as whoever makes a repository uses it. */
function git(cwd: string, ...args: string[]): string {
  const person = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'file',
    ...person,
  }
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).trim()
}

let made = 0
/** A repository with these files, one commit, on the branch main. */
async function repository(files: Readonly<Record<string, string>> = {}): Promise<string> {
  made += 1
  const path = join(home, `repository-${made}`)
  await mkdir(path)
  git(path, 'init', '--quiet', '--initial-branch=main')
  for (const [name, content] of Object.entries({ 'pack.yaml': 'ref: demo\nversion: 1.0.0\n', ...files })) {
    await mkdir(join(path, name, '..'), { recursive: true })
    await writeFile(join(path, name), content)
  }
  commit(path)
  return path
}

function commit(path: string): void {
  git(path, 'add', '--all')
  git(path, 'commit', '--quiet', '--message=one')
}

/** A commit whose tree has entries that no work tree could have. */
function commitOf(path: string, ...entries: [mode: string, object: string, name: string][]): void {
  const lines = entries.map(
    ([mode, object, name]) =>
      `${mode} ${mode === '160000' ? 'commit' : mode === '040000' ? 'tree' : 'blob'} ${object}\t${name}\0`,
  )
  const tree = execFileSync('git', ['mktree', '-z', '--missing'], {
    cwd: path,
    input: lines.join(''),
    encoding: 'utf8',
  })
  git(path, 'update-ref', 'refs/heads/main', git(path, 'commit-tree', tree.trim(), '-m', 'odd'))
}

function blob(path: string, content: string): string {
  return execFileSync('git', ['hash-object', '-w', '--stdin'], {
    cwd: path,
    input: content,
    encoding: 'utf8',
  }).trim()
}

const local: GitFetch['rules'] = {
  allow_http: false,
  allowed_hosts: null,
  private_hosts: [],
  allow_file: true,
  ssh: null,
  timeout_seconds: 60,
  resolve: async () => [],
}
const limits = {
  max_archive_size_bytes: 1 << 20,
  max_extracted_size_bytes: 1 << 20,
  max_per_entry_size_bytes: 1 << 20,
  max_file_count: 50,
  allow_symlinks: false,
}

function fetchPack(
  path: string,
  changed: Partial<GitFetch> = {},
): Promise<{ directory: string; commit: string }> {
  const remote = path.includes('://') ? path : `file://${path}`
  return fetchFromGit({ remote, ref: undefined, folder, rules: local, limits, ...changed })
}

async function refusal(fetching: Promise<unknown>): Promise<string> {
  const error = await fetching.then(
    () => 'it was fetched',
    (problem: unknown) => problem,
  )
  if (!(error instanceof Problem)) return String(error)
  expect(error.status).toBe(400)
  return error.message
}

describe('a repository', slow, () => {
  test('gives its main branch, a tag, a branch or a commit, and no history', async () => {
    const path = await repository({ 'actions/run.sh': 'echo 1\n' })
    await chmod(join(path, 'actions/run.sh'), 0o755)
    commit(path)
    const first = git(path, 'rev-parse', 'HEAD')
    git(path, 'tag', '--annotate', '--message=one', 'v1.0.0')
    git(path, 'branch', 'feature/x')
    await writeFile(join(path, 'actions/run.sh'), 'echo 2\n')
    commit(path)

    const main = await fetchPack(path)

    expect(await readFile(join(main.directory, 'actions/run.sh'), 'utf8')).toBe('echo 2\n')
    expect((await readdir(main.directory)).sort()).toEqual(['actions', 'pack.yaml'])
    expect(main.commit).toBe(git(path, 'rev-parse', 'HEAD'))
    expect(git(join(folder, 'repository'), 'rev-list', '--count', main.commit)).toBe('1')
    for (const ref of ['v1.0.0', 'feature/x', first]) {
      await rm(folder, { recursive: true })
      await mkdir(folder)
      expect((await fetchPack(path, { ref })).commit).toBe(first)
    }
  })

  test('that does not have the ref is refused', async () => {
    expect(await refusal(fetchPack(await repository(), { ref: 'absent' }))).toMatch(
      /git refuses it: 'fatal: .*absent/,
    )
  })

  test('that is not there is refused', async () => {
    expect(await refusal(fetchPack(join(home, 'absent')))).toMatch(/git refuses it: 'fatal: /)
  })

  test('is refused in a word where git is not installed', async () => {
    const path = join(home, 'no-programs')
    await mkdir(path)

    expect(await refusal(fetchPack(await repository(), { path }))).toMatch(
      /git is not installed on the server/,
    )
  })

  test('that is too large is refused while it comes', async () => {
    const path = await repository({
      large: Array.from({ length: 400_000 }, (_, n) => `${n * 7919}`).join(' '),
    })

    const reason = await refusal(fetchPack(path, { limits: { ...limits, max_archive_size_bytes: 100_000 } }))

    expect(reason).toMatch(/larger than a pack may be/)
  })

  test('that unpacks to too much is refused', async () => {
    const path = await repository({ zeros: '0'.repeat(3 << 20) })

    expect(await refusal(fetchPack(path))).toMatch(/'zeros' is larger than/)
  })

  test('whose server answers for ever is given up', async () => {
    const server = createServer((_, response) => void response.write('x'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const rules = { ...local, allow_http: true, private_hosts: ['127.0.0.1'], timeout_seconds: 0.3 }

    const reason = await refusal(fetchPack(`http://127.0.0.1:${port}/demo.git`, { rules }))

    server.closeAllConnections()
    server.close()
    expect(reason).toMatch(/git takes too long/)
  })
})

describe('what a repository holds does nothing', slow, () => {
  test('hooks in it, and settings of its own', async () => {
    const path = await repository({ '.githooks/post-checkout': `#!/bin/sh\ntouch ${mark()}\n` })
    const evil = `[core]\n\tfsmonitor = touch ${mark()}\n\thooksPath = .githooks\n[alias]\n\tfetch = !touch ${mark()}\n`
    await writeFile(join(path, '.gitconfig'), evil)
    await writeFile(join(path, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${mark()}\n`)
    await chmod(join(path, '.git/hooks/post-checkout'), 0o755)
    commit(path)

    const { directory } = await fetchPack(path)

    expect((await readdir(directory)).sort()).toEqual(['.gitconfig', '.githooks', 'pack.yaml'])
  })

  test('filters, conversions and substitutions that it asks for', async () => {
    const files = { a: 'one\n$Format:%H$ $Id$\n', b: 'left out?\n' }
    const rules =
      'a filter=evil text eol=crlf ident export-subst working-tree-encoding=UTF-16\nb export-ignore\n'
    const path = await repository({
      ...files,
      '.gitattributes': rules.replace('filter=evil ', '').replace(' working-tree-encoding=UTF-16', ''),
    })
    await writeFile(join(path, '.gitattributes'), rules)
    commitOf(
      path,
      ['100644', blob(path, files.a), 'a'],
      ['100644', blob(path, files.b), 'b'],
      ['100644', blob(path, rules), '.gitattributes'],
      ['100644', blob(path, 'ref: demo\nversion: 1.0.0\n'), 'pack.yaml'],
    )

    const { directory } = await fetchPack(path)

    expect(await readFile(join(directory, 'a'), 'utf8')).toBe(files.a)
    expect(await readFile(join(directory, 'b'), 'utf8')).toBe(files.b)
  })

  test('a submodule, wherever it points', async () => {
    const secret = await repository({ secret: 'x' })
    const path = await repository()
    const manifest = blob(path, 'ref: demo\nversion: 1.0.0\n')
    const modules = `[submodule "x"]\n\tpath = x\n\turl = file://${secret}\n\tupdate = none\n`
    commitOf(
      path,
      ['100644', manifest, 'pack.yaml'],
      ['100644', blob(path, modules), '.gitmodules'],
      ['160000', git(secret, 'rev-parse', 'HEAD'), 'x'],
    )

    const { directory } = await fetchPack(path)

    expect(await readdir(join(directory, 'x'))).toEqual([])
  })

  test('a submodule whose address is an option is refused', async () => {
    const path = await repository()
    const modules = '[submodule "x"]\n\tpath = x\n\turl = -u./evil\n'
    commitOf(
      path,
      ['100644', blob(path, modules), '.gitmodules'],
      ['100644', blob(path, 'ref: demo\n'), 'pack.yaml'],
    )

    expect(await refusal(fetchPack(path))).toMatch(/git refuses it: 'error: object .*gitmodulesUrl/)
  })

  test('a link is refused as in any archive', async () => {
    const path = await repository()
    commitOf(
      path,
      ['100644', blob(path, 'ref: demo\n'), 'pack.yaml'],
      ['120000', blob(path, '/etc/passwd'), 'a'],
    )

    expect(await refusal(fetchPack(path))).toMatch(/'a' is a link/)
  })

  test('a link in the place of a folder does not lead what is below it elsewhere', async () => {
    const path = await repository()
    const inside = execFileSync('git', ['mktree'], {
      cwd: path,
      input: `100644 blob ${blob(path, 'x')}\tevil\n`,
      encoding: 'utf8',
    }).trim()
    commitOf(
      path,
      ['100644', blob(path, 'ref: demo\n'), 'pack.yaml'],
      ['120000', blob(path, '/tmp'), 'A'],
      ['040000', inside, 'a'],
    )
    const links = { ...limits, allow_symlinks: true }

    expect(await refusal(fetchPack(path, { limits: links }))).toMatch(
      /absolute path|by case alone|git refuses it/,
    )
  })

  test.each(['.git', '.GIT', 'git~1', '.git ', '..', '.'])('a folder that is called %j', async (name) => {
    const path = await repository()
    const inside = execFileSync('git', ['mktree'], {
      cwd: path,
      input: `100755 blob ${blob(path, 'x')}\tconfig\n`,
      encoding: 'utf8',
    }).trim()
    commitOf(path, ['100644', blob(path, 'ref: demo\n'), 'pack.yaml'], ['040000', inside, name])

    expect(await refusal(fetchPack(path))).toMatch(/git refuses it: 'error: object|leads out|plain form/)
  })

  test('names that only differ by case are refused', async () => {
    const path = await repository()
    const [one, other] = [blob(path, '1'), blob(path, '2')]
    commitOf(
      path,
      ['100644', one, 'A'],
      ['100644', other, 'a'],
      ['100644', blob(path, 'ref: demo\n'), 'pack.yaml'],
    )

    expect(await refusal(fetchPack(path))).toMatch(/by case alone/)
  })

  test('a damaged object is refused', async () => {
    const path = await repository()
    const id = blob(path, 'tree 0\n')
    const odd = execFileSync('git', ['hash-object', '-w', '-t', 'commit', '--literally', '--stdin'], {
      cwd: path,
      input: `tree ${git(path, 'rev-parse', 'HEAD^{tree}')}\nauthor x\ncommitter x\n\nodd ${id}\n`,
      encoding: 'utf8',
    }).trim()
    await writeFile(join(path, '.git/refs/heads/main'), `${odd}\n`)

    expect(await refusal(fetchPack(path))).toMatch(/git refuses it: 'error: object /)
  })
})

const closed: GitFetch['rules'] = { ...local, allow_file: false }

describe('a remote is refused', slow, () => {
  const cases: [remote: string, reason: RegExp][] = [
    ['--upload-pack=touch evil', /hyphen/],
    ['-u./evil', /hyphen/],
    ['ext::sh -c touch% evil', /helper, 'ext'/],
    ['fd::17', /helper/],
    ['https::https://x.example/a.git', /helper/],
    ['file:///etc', /disk of the server/],
    ['file://host/share', /disk of the server/],
    ['git://x.example/a.git', /not by 'git:'/],
    ['ftp://x.example/a.git', /not by 'ftp:'/],
    ['http://x.example/a.git', /must begin with https/],
    ['https://ann:secret@x.example/a.git', /credentials/],
    ['https://x.example/a.git?x=1', /no query/],
    ['https://x.example/a\nb.git', /control characters/],
    ['ssh://-oProxyCommand=evil/a', /is not an address/],
    ['ssh://git@-oProxyCommand=evil/a', /is not an address/],
    ['ssh://x.example/-a', /is not an address/],
    ['ssh://x.example/../../a', /is not an address/],
    ["ssh://git@x.example/a'; touch evil;'", /is not an address/],
    ['ssh://git:secret@x.example/a', /is not an address/],
    ['git@x.example:a', /SSH needs pack_registry.ssh_identity_file/],
    ['-oProxyCommand=evil@x.example:a', /hyphen/],
    ['/srv/repository', /is not a URL/],
    ['../repository', /is not a URL/],
    ['', /is not a URL/],
  ]

  test.each(cases)('%j', async (remote, reason) => {
    expect(await refusal(Promise.resolve().then(() => parseRemote(remote, closed)))).toMatch(reason)
  })

  test.each(['https://127.0.0.1/a.git', 'https://[::ffff:10.0.0.1]/a.git', 'https://0x7f.1/a.git'])(
    '%s, which is not on the internet',
    async (remote) => {
      expect(await refusal(fetchPack(remote, { rules: closed }))).toMatch(
        /not on the internet|nothing is fetched from/,
      )
    },
  )

  test('whose name leads to this machine', async () => {
    const rules = { ...closed, resolve: async () => [{ address: '127.0.0.1', family: 4 }] }

    expect(await refusal(fetchPack('https://x.example/a.git', { rules }))).toMatch(/not on the internet/)
  })

  test('whose host is not listed', () => {
    expect(() => parseRemote('https://x.example/a.git', { ...closed, allowed_hosts: ['y.example'] })).toThrow(
      /allowed_source_hosts/,
    )
  })
})

test(
  'git asks the address that was checked, whatever the name leads to, and follows nowhere',
  slow,
  async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`)
      response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const rules = { ...closed, allow_http: true, private_hosts: ['packs.test'], resolve }

    const reason = await refusal(fetchPack(`http://packs.test:${port}/demo.git`, { rules }))

    server.close()
    expect(asked).toEqual([`packs.test:${port} /demo.git/info/refs?service=git-upload-pack`])
    expect(reason).toMatch(/git refuses it/)
  },
)

test('SSH is spoken with the configured key to the configured servers alone', () => {
  const ssh = { identity_file: '/etc/attune/key', known_hosts_file: '/etc/attune/known_hosts' }

  expect(parseRemote('git@x.example:team/demo.git', { ...closed, ssh })).toEqual({
    protocol: 'ssh',
    url: 'ssh://git@x.example/team/demo.git',
    hostname: 'x.example',
    port: 22,
  })
})

describe('a ref', () => {
  test.each(['main', 'v1.2.3', 'feature/x', '1.0.0+build', 'a'.repeat(40), 'user@work', 'refs/heads/main'])(
    '%s is one',
    (ref) => {
      expect(checkedGitRef(ref)).toBe(ref)
    },
  )

  test.each([
    '--upload-pack=evil',
    '-x',
    '+main',
    'main:refs/heads/x',
    ':main',
    '*',
    'main~1',
    'main^',
    'main..x',
    'main@{1}',
    '@{u}',
    '../x',
    '/etc/passwd',
    'a//b',
    'a/',
    'a.lock',
    'a.lock/b',
    '.hidden',
    'a/.hidden',
    'a b',
    'a\nb',
    'a\0b',
    'a;touch evil',
    '$(touch evil)',
    'a'.repeat(256),
    '',
  ])('%j is none', (ref) => {
    expect(() => checkedGitRef(ref)).toThrow(/^ref_spec: /)
  })
})
