/*
 * Who may import whom inside server/src. Folders are the rooms; `.` stands for the files at its top. What is not
 * listed is refused, so a new folder has to be placed here. Types count like values: who names a type knows it.
 */

/** The wings of `domain`: each may know those before it, and none that comes after. */
export const wings = [
  'caller',
  'schema',
  'audit',
  'secret',
  'access',
  'definition',
  'flow',
  'packs',
  'watch',
] as const

/** Rooms that everybody else may use; among themselves as they are listed. */
const ground: readonly string[] = ['.', 'text', 'waiting', 'threads', 'observe']

/** Whom each room may know besides the ground. `domain` stands for every wing, `domain/x` for one. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['services', 'config'],
  services: [
    'pipeline',
    'sweeps',
    'http',
    'realtime',
    'action-runner',
    'environment-builder',
    'sensor-runner',
    'run-as',
    'evaluation',
    'domain',
    'telemetry',
    'messages',
    'database',
    'expressions',
    'config',
  ],
  pipeline: ['action-runner', 'domain', 'messages', 'database', 'expressions'],
  sweeps: ['domain', 'messages', 'database'],
  'sensor-runner': ['action-runner', 'processes', 'run-as', 'domain', 'messages', 'database', 'config'],
  'environment-builder': ['action-runner', 'run-as', 'domain', 'database', 'config'],
  'action-runner': ['processes', 'run-as', 'domain', 'database', 'config'],
  realtime: ['http', 'domain', 'messages', 'database'],
  evaluation: ['domain', 'expressions'],
  docs: ['domain', 'messages', 'sweeps', 'expressions', 'config'],
  ...Object.fromEntries(
    wings.map((wing, place) => [
      `domain/${wing}`,
      [
        ...wings.slice(0, place).map((earlier) => `domain/${earlier}`),
        'processes',
        'run-as',
        'messages',
        'database',
        'expressions',
      ],
    ]),
  ),
  http: ['domain/caller', 'database'],
  'run-as': ['processes', 'database'],
  messages: ['database'],
  database: ['processes'],
  processes: [],
  expressions: [],
  telemetry: [],
  config: [],
  observe: ['waiting', 'text', '.'],
  threads: ['waiting', 'text', '.'],
  waiting: ['text', '.'],
  text: ['.'],
  '.': [],
}

export function mayKnow(room: string): readonly string[] {
  const listed = rooms[room] ?? []
  return ground.includes(room) ? listed : [...listed, ...ground]
}

/** Files that may know `http` besides `services`: a noun states its endpoints in them, and what it sends piece by piece. */
export const endpoints = /^domain\/.+\/([a-z-]+-)?(routes|stream)\.ts$/

/** What makes the endpoints of every kind of definition from its declaration: no endpoints of its own. */
export const endpointsOfKinds = /^domain\/definition\/form\/routes\.ts$/

/** Packages that reach outside, and the only files (of server/src) that may use them at run time. */
export const doors: Readonly<Record<string, RegExp>> = {
  pg: /^database\//,
  amqplib: /^messages\/rabbitmq\//,
  fastify: /^http\//,
  pino: /^observe\/log\.ts$/,
  'pino-pretty': /^observe\/log\.ts$/,
  '@opentelemetry/api': /^telemetry\//,
  '@opentelemetry/core': /^telemetry\//,
  '@opentelemetry/exporter-trace-otlp-http': /^telemetry\//,
  '@opentelemetry/resources': /^telemetry\//,
  '@opentelemetry/sdk-trace': /^telemetry\//,
  'openid-client': /^domain\/access\/oidc\//,
  ldapts: /^domain\/access\/ldap\//,
  'node:child_process': /^(processes|action-runner|run-as|database\/embedded)\//,
  undici: /^domain\/packs\/fetch\/fetch-file\.ts$/,
  tar: /^domain\/packs\/(archive|fetch|pack-source)\//,
  yauzl: /^domain\/packs\/archive\//,
  'node:net': /^((database\/embedded|action-runner|processes|run-as)\/|http\/client-address\.ts$)/,
  'node:worker_threads': /^(evaluation|threads)\//,
  'node:cluster': /^$/,
}

/**
 * Files that decide and do nothing else: same in, same out. What they import at run time must be pure too, all
 * the way down.
 */
export const pure: readonly RegExp[] = [
  /^expressions\//,
  /^(id|json|problem)\.ts$/,
  /^text\/(?!said-of)/,
  /^messages\/(messages|queues|routing|shown|verdict)\.ts$/,
  /^domain\/.+\/(status|advance|match|decide-event|slowness|conditions|verdict|redact|unclaimed)\.ts$/,
  /^domain\/caller\/(caller|permission|constraint|client-network)\.ts$/,
  /^domain\/watch\/trace\/(assemble|reasons)\.ts$/,
  /^domain\/flow\/execution\/(place|placement-verdict|filter-workers|requirement|unschedulable|worker-profile)\.ts$/,
  /^domain\/definition\/form\/(placement|version)\.ts$/,
  /^domain\/schema\//,
  /^domain\/access\/login-attempt\/login-form\.ts$/,
  /^domain\/definition\/runtime\/(name|choose-version|execution-config|variables)\.ts$/,
  /^domain\/packs\/pack-environment\/(status|wanted|place)\.ts$/,
  /^pipeline\/result-size\.ts$/,
  /^sweeps\/table\.ts$/,
  /^docs\//,
]

/** Modules that a pure file does not reach. */
export const reachesOut =
  /^(node:(fs|fs\/promises|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|cluster|readline|os)|pg|amqplib|fastify|@fastify\/.+|pino|prom-client)$/

/** Pure although it names a driver: it reads the class of an error and opens nothing. */
export const harmless: readonly RegExp[] = [/^database\/violation\.ts$/]
