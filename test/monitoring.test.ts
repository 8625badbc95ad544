import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { openDatabase } from '../server/src/database/database.ts'
import { hops } from '../server/src/observe/hop.ts'
import { createMetrics } from '../server/src/observe/metrics.ts'
import { watchFlow, watchReadiness, watchSharedAccount } from '../server/src/services/gauges.ts'
import { root, server } from './source.ts'

const folder = join(root, 'docs/operations')
const text = (name: string) => readFileSync(join(folder, name), 'utf8')

/** Prometheus makes it. */
const ofPrometheus = ['up']

type Kind = { name: string; kind: string }

/** Everything that a process with every role declares. Nothing answers at that port, so gauges have no values. */
async function declared(): Promise<Kind[]> {
  const metrics = createMetrics()
  const database = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/nothing' })
  watchFlow({ database, metrics })
  watchSharedAccount(metrics, undefined)
  watchReadiness(metrics, {})
  const exposed = await metrics.expose()
  return [...exposed.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', kind = '']) => ({ name, kind }))
}

const known = await declared()
const ours = known.map(({ name }) => name).filter((name) => !/^(process|nodejs)_/.test(name))
/** Names as a query may use them: a histogram is asked for by its parts. */
const askable = new Set([
  ...known.flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
  ...ofPrometheus,
])

type Rule = { alert: string; expr: string; labels: { severity: string }; annotations: { summary: string } }

const rules = (): Rule[] => {
  const { groups } = parse(text('alert-rules.yaml')) as { groups: { rules: Rule[] }[] } // the file is ours
  return groups.flatMap((group) => group.rules)
}

type Panel = { type: string; title: string; id: number; targets?: { expr: string }[] }
type Dashboard = { title: string; schemaVersion: number; panels: Panel[] }

const dashboard = (): Dashboard => JSON.parse(text('grafana-dashboard.json')) as Dashboard // the file is ours

const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'offset', 'bool'])

/** Metrics that a PromQL expression asks for: what is left of it without labels, ranges, numbers and functions. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\boffset\s+\w+/g, ' ')
  return [...bare.matchAll(/\b[a-z_]\w*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name))
}

const expressions = (): string[] => [
  ...rules().map(({ expr }) => expr),
  ...dashboard().panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr)),
]

test('the names in an expression are found', () => {
  expect(
    metricsIn('sum by (le, hop) (rate(a_bucket{hop!="b"}[5m])) / c > 0.5 unless on (d) e_total offset 15m'),
  ).toEqual(['a_bucket', 'c', 'e_total'])
})

test('alert rules and dashboard ask for metrics that exist', () => {
  const asked = expressions().flatMap(metricsIn)

  expect(asked.length).toBeGreaterThan(40)
  expect([...new Set(asked)].filter((name) => !askable.has(name))).toEqual([])
})

test('they ask for hops and stages that exist', () => {
  const stages = ['events', 'enforcements', 'executions']
  const values = (label: string) =>
    expressions().flatMap((expr) =>
      [...expr.matchAll(new RegExp(`${label}!?="(\\w+)"`, 'g'))].map(([, value = '']) => value),
    )

  expect(values('hop').filter((hop) => !hops.some((name) => name === hop))).toEqual([])
  expect(values('stage').filter((stage) => !stages.includes(stage))).toEqual([])
  expect(values('hop').length * values('stage').length).toBeGreaterThan(0)
})

test('every rule has a name of its own, a severity, a summary and a place in the handbook', () => {
  const all = rules()
  const names = all.map(({ alert }) => alert)

  expect(new Set(names).size).toBe(names.length)
  for (const { alert, labels, annotations } of all) {
    expect(['critical', 'warning'], alert).toContain(labels.severity)
    expect(annotations.summary, alert).not.toBe('')
    expect(text('monitoring.md'), alert).toContain(`\`${alert}\``)
  }
})

test('the handbook explains every metric, and none that is not there', () => {
  const tables = text('monitoring.md')
    .split('\n\n')
    .filter((part) => part.startsWith('| metric | labels |'))
  const explained = tables.flatMap((table) =>
    [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name),
  )

  expect([...explained].sort()).toEqual([...ours].sort())
})

test('every metric is shown on the dashboard', () => {
  const shown = new Set(
    dashboard()
      .panels.flatMap(({ targets }) => targets ?? [])
      .flatMap(({ expr }) => metricsIn(expr)),
  )
  const isShown = (name: string) => ['', '_bucket', '_sum'].some((part) => shown.has(name + part))

  expect(ours.filter((name) => !isShown(name))).toEqual([])
})

test('panels of the dashboard have an id of their own, a title and something to show', () => {
  const { panels, schemaVersion } = dashboard()

  expect(schemaVersion).toBeGreaterThan(30)
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  for (const { type, title, targets } of panels) {
    expect(title).not.toBe('')
    if (type !== 'row') expect(targets, title).not.toEqual([])
  }
})

test('labels of metrics name kinds, never one thing of many', () => {
  const metricFiles = server.filter(({ path }) => /\/(metrics|gauges)\.ts$/.test(path))
  const labels = metricFiles.flatMap(({ text: source }) =>
    [...source.matchAll(/label(?:Name)?s: \[([^\]]*)\]/g)].flatMap(
      ([, list = '']) => list.match(/\w+/g) ?? [],
    ),
  )

  expect(labels.length).toBeGreaterThan(8)
  expect(labels.filter((label) => /(^|_)(id|ref|name|correlation)$/.test(label))).toEqual([])
})
