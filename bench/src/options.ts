import { parseArgs } from 'node:util'

export type TransportName = 'postgres' | 'rabbitmq'

type Common = {
  transports: readonly TransportName[]
  json: string | undefined
  /** Broker for the rabbitmq transport; a virtual host that is empty or may be used. */
  amqp_url: string
}

/** How much goes through, in one process. `quick` shows the shape, not the figures. */
export type PathOptions = Common & { mode: 'path'; quick: boolean }
/** Whether anything grows under a steady load. */
export type SoakOptions = Common & { mode: 'soak'; minutes: number; rate: number | undefined }
/** What more processes of a role bring. */
export type ScaleOptions = Common & { mode: 'scale'; quick: boolean; processes: readonly number[] }

type BenchOptions = PathOptions | SoakOptions | ScaleOptions

export const usage = `npm run bench -- [path] [--quick]
npm run bench -- soak [--minutes M] [--rate EVENTS_PER_SECOND]
npm run bench -- scale [--quick] [--processes 1,2,4]
  each with [--transport postgres|rabbitmq] [--amqp-url URL] [--json FILE]`

const modes = ['path', 'soak', 'scale'] as const

/** Reads the command line; an option that the mode has no use for is refused. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      minutes: { type: 'string' },
      rate: { type: 'string' },
      processes: { type: 'string' },
      transport: { type: 'string' },
      json: { type: 'string' },
      'amqp-url': { type: 'string', default: 'amqp://guest:guest@127.0.0.1:5672' },
    },
  })
  const { quick = false, minutes, rate, processes } = values
  const mode = modeNamed(positionals)
  const common = {
    transports: transportsNamed(values.transport),
    json: values.json,
    amqp_url: values['amqp-url'],
  }
  switch (mode) {
    case 'path':
      refuse(mode, { minutes, rate, processes })
      return { mode, ...common, quick }
    case 'soak':
      refuse(mode, { quick: values.quick, processes })
      return {
        mode,
        ...common,
        minutes: positive('--minutes', minutes ?? '30'),
        rate: rate === undefined ? undefined : positive('--rate', rate),
      }
    case 'scale':
      refuse(mode, { minutes, rate })
      return { mode, ...common, quick, processes: counts(processes ?? '1,2,4') }
  }
}

function modeNamed([name = 'path', ...rest]: readonly string[]): BenchOptions['mode'] {
  const mode = modes.find((known) => known === name)
  if (mode === undefined || rest.length > 0)
    throw new Error(`${[name, ...rest].join(' ')} is no mode; choose one of ${modes.join(', ')}.`)
  return mode
}

function transportsNamed(name: string | undefined): readonly TransportName[] {
  if (name === undefined) return ['postgres', 'rabbitmq']
  if (name === 'postgres' || name === 'rabbitmq') return [name]
  throw new Error(`--transport: ${name} is no transport; choose postgres or rabbitmq.`)
}

function refuse(mode: string, given: Record<string, unknown>): void {
  const useless = Object.keys(given).filter((name) => given[name] !== undefined)
  if (useless.length > 0) throw new Error(`The mode ${mode} has no use for --${useless.join(', --')}.`)
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`${option}: ${text} is no number above 0.`)
}

function counts(text: string): number[] {
  const list = text.split(',').map((part) => positive('--processes', part))
  const broken = list.find((count) => !Number.isInteger(count))
  if (broken !== undefined) throw new Error(`--processes: ${broken} is no whole number.`)
  return list
}
