import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const HOSTILE_TRIGGER = 'hostile.poked'
export const HOSTILE_SENSOR = 'hostile.ticker'
/** Stands in a parameter and in output; nothing may write it into a log of ours. */
export const PLANTED_SECRET = 'planted-secret-8d1f0b7c'

/** Actions that do harm to whoever runs them, each for a few seconds at most. */
const scripts: Readonly<Record<string, { script: string; format?: string }>> = {
  flood: { script: 'yes hostile output | head -c 30000000\n' },
  one_line: { script: "head -c 8000000 /dev/zero | tr '\\0' 'x'\n" },
  yaml_bomb: {
    script:
      'i=0; printf "a0: &a0 [x,x,x,x,x,x,x,x,x]\\n"; while [ $i -lt 9 ]; do j=$((i+1)); printf "a$j: &a$j [*a$i,*a$i,*a$i,*a$i,*a$i,*a$i,*a$i,*a$i,*a$i]\\n"; i=$j; done\n',
    format: 'yaml',
  },
  yaml_keys: { script: 'i=0; while [ $i -lt 20000 ]; do echo "k$i: 1"; i=$((i+1)); done\n', format: 'yaml' },
  deep_json: { script: "head -c 200000 /dev/zero | tr '\\0' '['\n", format: 'json' },
  fork: { script: 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done; wait\n' },
  daemon: { script: '(setsid sleep 3 >/dev/null 2>&1 &)\n' },
  quits: { script: 'exit 9\n' },
  silent: { script: "trap '' TERM; sleep 5\n" },
  tells: { script: 'cat; cat >&2 </dev/null\n' },
}
export const hostileActions = Object.keys(scripts)

/** Writes the pack of somebody hostile below `folder` and answers its path. */
export async function writeHostilePack(folder: string): Promise<string> {
  const pack = join(folder, 'hostile')
  for (const part of ['actions', 'triggers', 'sensors']) await mkdir(join(pack, part), { recursive: true })
  await writeFile(join(pack, 'pack.yaml'), 'ref: hostile\nlabel: Hostile\nversion: 1.0.0\n')
  await writeFile(join(pack, 'triggers/poked.yaml'), `ref: ${HOSTILE_TRIGGER}\nlabel: Poked\n`)
  await writeFile(join(pack, 'sensors/ticker.sh'), 'sleep 3600\n')
  await writeFile(
    join(pack, 'sensors/ticker.yaml'),
    `ref: ${HOSTILE_SENSOR}\nlabel: Ticker\nrunner_type: shell\nentry_point: ticker.sh\ntrigger_types: [${HOSTILE_TRIGGER}]\n`,
  )
  for (const [name, { script, format = 'text' }] of Object.entries(scripts)) {
    await writeFile(join(pack, `actions/${name}.sh`), script)
    await writeFile(join(pack, `actions/${name}.yaml`), actionText(name, format))
  }
  return pack
}

function actionText(name: string, format: string): string {
  return [
    `ref: hostile.${name}`,
    `label: ${name}`,
    'runner_type: shell',
    `entry_point: ${name}.sh`,
    'timeout_seconds: 4',
    `output_format: ${format}`,
    'parameter_delivery: stdin',
    'parameter_format: json',
    'parameters:',
    '  n: {type: integer}',
    '  text: {type: string}',
    '  password: {type: string, secret: true}',
    '',
  ].join('\n')
}
