import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const TRIGGER = 'faults.happened'
export const SWITCHED = 'faults.switched'

/** A rule of the load, and for which payloads it fires. */
export type RuleOfLoad = {
  ref: string
  action: string
  conditions: string
  /** Text of the parameter `n`. */
  template: string
  fires(n: number): boolean | 'switched'
}

/** Every rule whose answer is known beforehand, and one that is switched on and off meanwhile. */
export const rulesOfLoad: readonly RuleOfLoad[] = [
  {
    ref: 'faults.every',
    action: 'quick',
    conditions: '[]',
    template: '{{ event.payload.n }}',
    fires: () => true,
  },
  {
    ref: 'faults.third',
    action: 'slow',
    conditions: '{expression: "event.payload.n % 3 == 0"}',
    template: '{{ event.payload.n }}',
    fires: (n) => n % 3 === 0,
  },
  {
    ref: 'faults.erring',
    action: 'failing',
    conditions: '{expression: "event.payload.n % 5 == 0"}',
    template: '{{ event.payload.n / event.payload.divisor }}', // 0 for odd numbers: the rule errs
    fires: (n) => n % 10 === 0,
  },
  {
    ref: 'faults.long',
    action: 'long',
    conditions: '{expression: "event.payload.n % 40 == 7"}',
    template: '{{ event.payload.n }}',
    fires: (n) => n % 40 === 7,
  },
  {
    ref: SWITCHED,
    action: 'quick',
    conditions: '[]',
    template: '{{ event.payload.n }}',
    fires: () => 'switched',
  },
]

export function payloadOf(n: number): { n: number; divisor: number } {
  return { n, divisor: n % 2 === 0 ? 1 : 0 }
}

const MAX_RETRIES = { quick: 1, slow: 1, failing: 2, long: 0 }

/**
 * Actions say when they start and end in a file that every run appends to: what really ran is known without asking
 * the database. The clock is the machine's uptime, which nobody sets.
 */
const say = (word: string) =>
  `read up _ </proc/uptime; printf '%s %s %s %s\\n' ${word} "$ATTUNE_EXEC_ID" $$ "$up" >>"$FAULTS_RUN_LOG"\n`
const scripts = {
  quick: `${say('start')}${say('end')}`,
  slow: `${say('start')}sleep 0.3\n${say('end')}`,
  failing: `${say('start')}${say('end')}exit 3\n`,
  long: `${say('start')}sleep 4\n${say('end')}`,
}
export type ActionName = keyof typeof scripts

/** How often an execution of the action may be tried again. */
export const maxRetries: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(MAX_RETRIES).map(([name, count]) => [`faults.${name}`, count]),
)

/** Writes the pack below `folder` and answers its path. */
export async function writePack(folder: string): Promise<string> {
  const pack = join(folder, 'faults')
  for (const part of ['actions', 'triggers', 'rules']) await mkdir(join(pack, part), { recursive: true })
  await writeFile(join(pack, 'pack.yaml'), 'ref: faults\nlabel: Faults\nversion: 1.0.0\n')
  await writeFile(join(pack, 'triggers/happened.yaml'), `ref: ${TRIGGER}\nlabel: Happened\n`)
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(pack, `actions/${name}.sh`), script)
    await writeFile(join(pack, `actions/${name}.yaml`), actionText(name))
  }
  for (const rule of rulesOfLoad) {
    await writeFile(join(pack, `rules/${rule.ref.slice('faults.'.length)}.yaml`), ruleText(rule))
  }
  return pack
}

function actionText(name: string): string {
  return [
    `ref: faults.${name}`,
    `label: ${name}`,
    'runner_type: shell',
    `entry_point: ${name}.sh`,
    `max_retries: ${maxRetries[`faults.${name}`]}`,
    'parameters:',
    '  n: {type: integer, required: true}',
    '',
  ].join('\n')
}

function ruleText({ ref, action, conditions, template }: RuleOfLoad): string {
  return [
    `ref: ${ref}`,
    `label: ${ref}`,
    `trigger_ref: ${TRIGGER}`,
    `action_ref: faults.${action}`,
    'enabled: true',
    `conditions: ${conditions}`,
    `action_params: {n: "${template}"}`,
    '',
  ].join('\n')
}
