import type { Schemas } from '@attune/client/dist/requests.js'
import { type Input, objectOption } from '../input.ts'
import type { JsonObject } from '../json.ts'
import type { Output } from '../output/output.ts'
import { packs } from './pack.ts'

/** What can be said of a pack on the command line. */
export type SettingFlags = { label?: string; description?: string; tag?: string[]; config?: string }

export type PackSettings = { label?: string; description?: string; tags?: string[]; config?: JsonObject }

/** The fields that were given as flags, and no others. */
export async function settingsOf(flags: SettingFlags, input: Input): Promise<PackSettings> {
  const { label, description, tag, config } = flags
  return {
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(config === undefined ? {} : { config: await objectOption(config, '--config', input) }),
  }
}

/** What became of a pack, and what is odd about it. */
export function sayChanged(
  out: Output,
  { data, warnings = [] }: Schemas['TakenPack'],
  sentence: (pack: Schemas['PackDetail']) => string,
): void {
  out.done(data, packs, sentence)
  for (const warning of warnings) out.warn(warning)
}
