/*
 * Who may import whom inside server/src. Folders are the layers; `.` stands for the files at its top, which
 * know nothing but each other. What is not listed is refused, so a new folder has to be placed here.
 */

type Layer = {
  /** Whose values it may use at run time. Their types too. */
  uses: readonly string[]
  /** Whose types it may name, because somebody above hands the value in. */
  names?: readonly string[]
}

export const layers: Readonly<Record<string, Layer>> = {
  'main.ts': { uses: ['services', 'config', '.'] },
  services: {
    uses: [
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
      '.',
    ],
  },
  pipeline: { uses: ['domain', 'messages', 'database', 'expressions', '.'], names: ['action-runner'] },
  sweeps: { uses: ['domain', 'messages', 'database', '.'] },
  'action-runner': { uses: ['processes', 'run-as', 'domain', 'database', '.'], names: ['config'] },
  'environment-builder': { uses: ['action-runner', 'run-as', 'domain', 'database', '.'], names: ['config'] },
  'sensor-runner': {
    uses: ['processes', 'run-as', 'domain', 'messages', 'database', '.'],
    names: ['config', 'action-runner'],
  },
  'run-as': { uses: ['processes', 'database', '.'] },
  processes: { uses: ['.'] },
  evaluation: { uses: ['domain', 'expressions', '.'] },
  telemetry: { uses: ['.'] },
  realtime: { uses: ['http', 'domain', 'messages', 'database', '.'] },
  http: { uses: ['domain', 'database', '.'] },
  domain: { uses: ['processes', 'run-as', 'messages', 'database', 'expressions', '.'] },
  messages: { uses: ['database', '.'] },
  database: { uses: ['processes', '.'], names: ['messages'] },
  expressions: { uses: ['.'] },
  config: { uses: ['.'] },
  docs: { uses: ['domain', 'messages', 'sweeps', 'config', '.'] },
  '.': { uses: [] },
}

/** Imports that the layers refuse and that are meant, each with its reason. */
export const exceptions: readonly { from: RegExp; to: RegExp; reason: string }[] = [
  {
    from: /^domain\/[^/]+\/([a-z-]+-)?(routes|stream)\.ts$/,
    to: /^http\//,
    reason: 'a noun states its endpoints in its routes.ts and what they send piece by piece in a stream',
  },
  {
    from: /^domain\//,
    to: /^http\/(caller|permission)\.ts$/,
    reason: 'who asks and what may be permitted is vocabulary of every noun; both files are pure',
  },
]

/** Packages that reach outside, and the only files (of server/src) that may use them at run time. */
export const doors: Readonly<Record<string, RegExp>> = {
  pg: /^database\//,
  amqplib: /^messages\/rabbitmq\//,
  fastify: /^http\//,
  pino: /^log\.ts$/,
  'openid-client': /^domain\/oidc\//,
  ldapts: /^domain\/ldap\//,
  'node:child_process': /^(processes|action-runner|run-as|database\/embedded)\//,
  undici: /^domain\/pack-source\/fetch-file\.ts$/,
  tar: /^domain\/pack-source\//,
  yauzl: /^domain\/pack-source\//,
  'node:net': /^((database\/embedded|action-runner|processes|run-as)\/|http\/client-address\.ts$)/,
  'node:worker_threads': /^(evaluation\/|threads?\.ts$)/,
  'node:cluster': /^$/,
}

/**
 * Files that decide and do nothing else: same in, same out. What they import at run time must be pure too, all
 * the way down.
 */
export const pure: readonly RegExp[] = [
  /^expressions\//,
  /^(id|json|problem)\.ts$/,
  /^messages\/(messages|queues|routing|shown|verdict)\.ts$/,
  /^domain\/[^/]+\/(status|advance|match|judge|standing|conditions|verdict|redact|unclaimed)\.ts$/,
  /^domain\/trace\/(assemble|reasons)\.ts$/,
  /^domain\/execution\/(place|placement|placement-verdict|filter-workers|requirement|unschedulable|worker-profile)\.ts$/,
  /^domain\/parameter-schema\//,
  /^domain\/login-attempt\/login-form\.ts$/,
  /^domain\/runtime\/(name|version|choose-version|execution-config|variables)\.ts$/,
  /^domain\/pack-environment\/(status|wanted|place)\.ts$/,
  /^pipeline\/result-size\.ts$/,
  /^sweeps\/table\.ts$/,
  /^http\/(caller|permission)\.ts$/,
  /^docs\//,
]

/** Modules that a pure file does not reach. */
export const reachesOut =
  /^(node:(fs|fs\/promises|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|cluster|readline|os)|pg|amqplib|fastify|@fastify\/.+|pino|prom-client)$/

/** Pure although it names a driver: it reads the class of an error and opens nothing. */
export const harmless: readonly RegExp[] = [/^database\/violation\.ts$/]
