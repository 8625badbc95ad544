import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { compileParameterSchema } from '../../schema/compile.ts'
import { isMarker, redact } from '../../secret/redact.ts'
import { didYouMean } from '../../../text/nearest.ts'
import type { Pack, PackDetail } from './pack.ts'

/** Where a configuration does not fit its schema. A secret that is left out in it stays as it is stored. */
export function checkConfig(conf_schema: Json, config: Json): FieldProblem[] {
  return compileParameterSchema(conf_schema).validate(config, 'config', isMarker)
}

/** Values of a configuration as somebody typed them. Nothing is looked up where nothing is typed: the schema may be wrong. */
export function readTypedConfig(conf_schema: Json, typed: Readonly<Record<string, string>>): JsonObject {
  return Object.keys(typed).length === 0 ? {} : compileParameterSchema(conf_schema).readTyped(typed, 'config')
}

/** Names of a configuration that its schema does not have: allowed, and most often misspelt. */
export function oddNames(conf_schema: Json, config: JsonObject): string[] {
  const known = isJsonObject(conf_schema) ? Object.keys(propertiesOf(conf_schema)) : []
  return Object.keys(config)
    .filter((name) => known.length > 0 && !known.includes(name))
    .map((name) => `config.${name} is not in conf_schema${didYouMean(name, known)}`)
}

function propertiesOf(schema: JsonObject): JsonObject {
  return schema['type'] === 'object' && isJsonObject(schema['properties']) ? schema['properties'] : schema
}

/** A pack as it is shown: defaults fill the gaps of its configuration, and what the schema calls secret is left out. */
export function shown(pack: Pack): PackDetail {
  const { storage_path: _place, installers: _legacy, ...detail } = pack
  const schema = compileParameterSchema(pack.conf_schema)
  const config = schema.applyDefaults(isJsonObject(pack.config) ? pack.config : {})
  const pointers = schema.collectSecrets(config).map(({ pointer }) => pointer)
  return { ...detail, config: redact(config, pointers).redacted }
}
