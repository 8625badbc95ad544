import { answerOf } from '@attune/client/dist/answer.js'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { sayChanged } from './settings.ts'
import { TESTS_WITHIN_MS } from './test.ts'

type Options = { force?: boolean; skipTests?: boolean }

/** `attune pack register PATH`: the folder is read by the API, on its machine. */
export function packRegister(shell: Shell): Command {
  return new Command('register')
    .description('register a pack from a folder on the machine of the API')
    .argument('<path>', 'folder with pack.yaml; a relative one counts from here')
    .option('-f, --force', 'replace a registered pack, and register in spite of failed tests')
    .option('--skip-tests', 'do not run the tests of the pack')
    .action(async (path: string, { force = false, skipTests = false }: Options) => {
      const { client, out } = await shell.open()
      const body = { path: resolve(path), force, skip_tests: skipTests }
      const registered = await answerOf(
        client.POST('/api/v1/packs/register', { body, fetch: client.sending({ withinMs: TESTS_WITHIN_MS }) }),
      )
      sayChanged(out, registered, (pack) => `Pack ${pack.ref} ${pack.version} is registered.`)
    })
}
