import type { JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { memberPath } from '../../schema/structure.ts'

/** What keeps a pack from being registered. An empty `field` is the file as a whole. */
export type PackProblem = FieldProblem & { file: string } & YamlPosition

/** Where something stands in a file, both counted from 1. Nothing when that is not known. */
export type YamlPosition = { line?: number; column?: number }

/** The way to a value inside a file. */
export type YamlPlace = readonly (string | number)[]

/** A YAML file as a JSON object, and where in the file each of its values stands. */
export type YamlSource = {
  file: string
  value: JsonObject
  /** Where a place begins, or the innermost part of the way to it that exists. */
  positionOf(place: YamlPlace): YamlPosition
}

/** What reading a pack has brought to light so far. */
export type Findings = {
  problems: PackProblem[]
  /** What is odd but harmless. */
  warnings: PackProblem[]
  /** Files whose content is not known: what they define is not missing. */
  unread: string[]
  /** What was read, by file, to find out later where something stands. */
  sources: Map<string, YamlSource>
}

export function noFindings(): Findings {
  return { problems: [], warnings: [], unread: [], sources: new Map() }
}

/** A place as it is written: `runners.unit.timeout`, `grants[2].actions`. */
export function placeText(place: YamlPlace): string {
  return place.reduce<string>(memberPath, '')
}

/** Notes what is wrong at a place of a file, with the position where that place begins. */
export function complain(findings: Findings, source: YamlSource, place: YamlPlace, message: string): void {
  findings.problems.push(problemAt(source, place, { field: placeText(place), message }))
}

/** The same for a place that is known by its text only. */
export function complainAt(findings: Findings, source: YamlSource, field: string, message: string): void {
  findings.problems.push(problemAt(source, placeOf(field), { field, message }))
}

/** Notes what is odd at a place that is known by its text. */
export function warnAt(findings: Findings, source: YamlSource, field: string, message: string): void {
  findings.warnings.push(problemAt(source, placeOf(field), { field, message }))
}

export function warn(findings: Findings, source: YamlSource, place: YamlPlace, message: string): void {
  findings.warnings.push(problemAt(source, place, { field: placeText(place), message }))
}

function problemAt(
  source: YamlSource,
  place: YamlPlace,
  said: { field: string; message: string },
): PackProblem {
  return { file: source.file, ...said, ...source.positionOf(place) }
}

/** A problem that was found without its file at hand, with the position where its field begins. */
export function located({ sources }: Findings, problem: PackProblem): PackProblem {
  const source = sources.get(problem.file)
  return source === undefined || problem.line !== undefined
    ? problem
    : { ...problem, ...source.positionOf(placeOf(problem.field)) }
}

/** A warning as one line. */
export function warningText({ file, line, message }: PackProblem): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`
}

const step = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g

function placeOf(field: string): YamlPlace {
  return [...field.matchAll(step)].map(([, quoted, index, name]) => {
    if (index !== undefined) return Number(index)
    return name ?? unquoted(quoted ?? '')
  })
}

function unquoted(text: string): string {
  const value: unknown = JSON.parse(`"${text}"`)
  return String(value)
}
