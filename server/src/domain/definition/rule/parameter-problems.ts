import { isJsonObject, type JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { isMarker } from '../../secret/redact.ts'
import type { Compilation } from '../matching/compiled.ts'

/** What would keep an execution with these parameters from being placed. */
export function parameterProblems(compilation: Compilation | undefined, config: JsonObject): FieldProblem[] {
  if (compilation?.kind !== 'ready') return []
  const { parameters } = compilation.rule
  const completed = parameters.applyDefaults(config)
  return isJsonObject(completed) ? parameters.validate(completed, '', isMarker) : []
}
