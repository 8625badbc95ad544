import { type Input, optionText } from '../input.ts'
import { type JsonObject, parseJsonObject } from '../json.ts'

/** What can be said of a pack on the command line. */
export type SettingFlags = { label?: string; description?: string; tag?: string[]; config?: string }

/** The fields that were given as flags, and no others. */
export async function settingsOf(flags: SettingFlags, input: Input): Promise<JsonObject> {
  const { label, description, tag, config } = flags
  return {
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(config === undefined ? {} : { config: parseJsonObject(await optionText(config, input), '--config') }),
  }
}
