import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { packs } from './pack.ts'

type Options = { refSpec?: string; skipTests?: boolean; skipDeps?: boolean }

/** `attune pack install SOURCE`: the server fetches it. */
export function packInstall(shell: Shell): Command {
  return new Command('install')
    .description('let the server fetch a pack and register it; one that is there is replaced')
    .argument(
      '<source>',
      'ref[@version] of an index, URL of an archive or a git repository, or a path of the server',
    )
    .option('-r, --ref-spec <ref>', 'branch, tag or commit of a git repository')
    .option('-f, --force', 'accepted; a pack that is there is always replaced')
    .option('--skip-tests', 'do not run the tests of the pack')
    .option('--skip-deps', 'do not fetch packs that it needs; nor run its tests')
    .action(async (source: string, { refSpec, skipTests = false, skipDeps = false }: Options) => {
      const { client, out } = await shell.open()
      const body = {
        source,
        ...(refSpec === undefined ? {} : { ref_spec: refSpec }),
        skip_tests: skipTests || skipDeps,
        skip_deps: skipDeps,
      }
      const { pack, installed_dependencies } = await dataOf(client.POST('/api/v1/packs/install', { body }))
      for (const { ref, version } of installed_dependencies)
        out.notice(`Pack ${ref} ${version} is installed, because it is needed.`)
      out.done(pack, packs, ({ ref, version }) => `Pack ${ref} ${version} is installed.`)
    })
}
