import { memberPath } from '../parameter-schema/structure.ts'
import type { PackProblem } from './pack-definition.ts'
import type { YamlSource } from './yaml-source.ts'

/** What reading a pack has brought to light so far. */
export type Findings = { problems: PackProblem[]; warnings: string[] }

/** The way to a value inside a file. */
export type Place = readonly (string | number)[]

/** A place as it is written: `runners.unit.timeout`, `grants[2].actions`. */
export function placeText(place: Place): string {
  return place.reduce<string>(memberPath, '')
}

/** Notes what is wrong at a place of a file, with the line where that place begins. */
export function complain(findings: Findings, source: YamlSource, place: Place, message: string): void {
  const line = source.lineOf(place)
  const problem = { file: source.file, field: placeText(place), message }
  findings.problems.push(line === undefined ? problem : { ...problem, line })
}

/** The same for a place that is known by its text only. */
export function complainAt(findings: Findings, source: YamlSource, field: string, message: string): void {
  const line = source.lineOf(placeOf(field))
  const problem = { file: source.file, field, message }
  findings.problems.push(line === undefined ? problem : { ...problem, line })
}

export function warn(findings: Findings, source: YamlSource, place: Place, message: string): void {
  const line = source.lineOf(place)
  findings.warnings.push(`${source.file}${line === undefined ? '' : `:${line}`}: ${message}`)
}

const step = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g

function placeOf(field: string): Place {
  return [...field.matchAll(step)].map(([, quoted, index, name]) => {
    if (index !== undefined) return Number(index)
    return name ?? unquoted(quoted ?? '')
  })
}

function unquoted(text: string): string {
  const value: unknown = JSON.parse(`"${text}"`)
  return String(value)
}
