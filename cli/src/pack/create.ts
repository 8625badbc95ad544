import { answerOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { repeated } from '../input.ts'
import type { Shell } from '../shell.ts'
import { sayChanged, settingsOf, type SettingFlags } from './settings.ts'

type Options = SettingFlags & { packVersion: string }

/** `attune pack create REF`: a pack without files. */
export function packCreate(shell: Shell): Command {
  return new Command('create')
    .description('create a pack without files, for what is made through the API')
    .argument('<ref>', 'pack, like demo')
    .option('--label <text>', 'label (default: the ref)')
    .option('--description <text>', 'description')
    .option('--pack-version <version>', 'semantic version', '0.1.0')
    .option('--tag <word>', 'a word to find it by, repeatable', repeated)
    .option('--config <json>', 'configuration as a JSON object, or @file')
    .action(async (ref: string, { packVersion: version, ...flags }: Options) => {
      const settings = await settingsOf(flags, shell.terminal)
      const { client, out } = await shell.open()
      const body = { ref, version, label: ref, ...settings }
      const created = await answerOf(client.POST('/api/v1/packs', { body }))
      sayChanged(out, created, (pack) => `Pack ${pack.ref} ${pack.version} is created.`)
    })
}
