import { answerOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { repeated, typedPairs } from '../input.ts'
import type { Shell } from '../shell.ts'
import { sayChanged, settingsOf, type SettingFlags } from './settings.ts'

type Options = SettingFlags & { set?: string[] }

/** `attune pack update REF`: its configuration, and what it is called. */
export function packUpdate(shell: Shell): Command {
  return new Command('update')
    .alias('configure')
    .description('configure a pack, or change its label, description and tags')
    .argument('<ref>', 'pack, like demo')
    .option('--set <name=value>', 'a value of the configuration, repeatable; the others stay', repeated)
    .option('--config <json>', 'the whole configuration as a JSON object, or @file')
    .option('--label <text>', 'label')
    .option('--description <text>', 'description')
    .option('--tag <word>', 'a word to find it by, repeatable; replaces those that are there', repeated)
    .action(async (ref: string, { set, ...flags }: Options) => {
      if (set !== undefined && flags.config !== undefined)
        throw new Failure('usage', 'Choose one of --set and --config.')
      const settings = await settingsOf(flags, shell.terminal)
      if (set === undefined && Object.keys(settings).length === 0)
        throw new Failure('usage', 'Say what to change: --set, --config, --label, --description or --tag.')
      const { client, out } = await shell.open()
      const path = { ref }
      const body = set === undefined ? settings : { ...settings, config_texts: typedPairs(set) }
      const updated = await answerOf(client.PUT('/api/v1/packs/{ref}', { params: { path }, body }))
      sayChanged(out, updated, (pack) => `Pack ${pack.ref} is updated.`)
    })
}
