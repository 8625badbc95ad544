import { existsSync } from 'node:fs'
import { type Input, parseYamlObject, sourceText } from '../input.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import { ruleFromFile, toRequest } from './draft.ts'

/**
 * The rule that is to be tried: what a file says, and nothing of the stored rule; or the stored rule of a ref.
 */
export async function ruleToTry(given: string, input: Input): Promise<Schemas['RuleDraft']> {
  if (!isFile(given)) return { ref: given }
  const rule = toRequest(ruleFromFile(parseYamlObject(await sourceText(given, input), given)))
  return { conditions: {}, action_params: {}, enabled: true, ...rule }
}

/** A ref has no path and no ending of a document; a file in this folder wins over a ref. */
function isFile(given: string): boolean {
  return given === '-' || /[/\\]|\.(ya?ml|json)$/.test(given) || existsSync(given)
}
