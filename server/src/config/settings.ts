import { type Static, Type } from 'typebox'

/*
 * Every setting with its default, in one place. A key that is read by nobody is not here, so an unknown key in
 * a file or in the environment is reported with the nearest known one.
 */

const seconds = (defaultValue: number, description: string) =>
  Type.Number({ default: defaultValue, exclusiveMinimum: 0, description })
const bytes = (defaultValue: number, description: string) =>
  Type.Integer({ default: defaultValue, minimum: 1024, description })
const count = (defaultValue: number, description: string) =>
  Type.Integer({ default: defaultValue, minimum: 1, description })
const text = (description: string) => Type.Optional(Type.String({ description }))
const MIB = 1024 * 1024
const labels = Type.Record(Type.String(), Type.String(), {
  default: {},
  description: 'Labels that placement selects by.',
})
const taints = Type.Array(
  Type.Object({
    key: Type.String(),
    value: Type.Optional(Type.String()),
    effect: Type.Optional(Type.String()),
  }),
  { default: [], description: 'Taints that keep off what does not tolerate them.' },
)

const on = (defaultValue: boolean, description: string) =>
  Type.Boolean({ default: defaultValue, description })
const named = (defaultValue: string, description: string) =>
  Type.String({ default: defaultValue, minLength: 1, description })

const LoginPage = Type.Object({
  show_local_login: on(true, 'Show the form for accounts of our own.'),
  show_oidc_login: on(true, 'Show the button of the identity provider.'),
  show_ldap_login: on(true, 'Show the form for accounts of the directory.'),
})

const Oidc = Type.Object({
  enabled: on(false, 'People log in at an identity provider (OpenID Connect).'),
  discovery_url: text(
    'Issuer of the provider, or the URL of its discovery document. https, except on this machine.',
  ),
  client_id: text('How the provider knows us.'),
  client_secret: text('Without it we are a public client; PKCE is used in any case.'),
  redirect_uri: text('URL of /auth/callback as browsers reach it, registered at the provider.'),
  post_logout_redirect_uri: text('Where the provider leads after a logout, registered there.'),
  provider_name: named('oidc', 'Value of ?auth= that shows only this provider on the login page.'),
  provider_label: text('Name of the provider on the login page.'),
  provider_icon_url: text('Icon of the provider on the login page.'),
  scopes: Type.Array(Type.String(), {
    default: [],
    description: 'Scopes besides openid, email and profile; what the provider wants for groups.',
  }),
})

const Ldap = Type.Object({
  enabled: on(false, 'People log in with the password of a directory (LDAP).'),
  url: text('ldap://… or ldaps://….'),
  bind_dn_template: text(
    'Name that a person binds as, with {login}: uid={login},ou=people,dc=example,dc=org. Without it the entry is searched.',
  ),
  user_search_base: text('Where entries are searched.'),
  search_bind_dn: text('Who searches. Default: nobody, an anonymous search.'),
  search_bind_password: text('Password of who searches.'),
  user_filter: named('(uid={login})', 'Filter that finds exactly the entry of a login.'),
  login_attr: named('uid', 'Attribute with the login of the account.'),
  email_attr: named('mail', 'Attribute with the address; the login where there is no other.'),
  display_name_attr: named('cn', 'Attribute with the display name.'),
  group_attr: named('memberOf', 'Attribute with the groups, which become roles.'),
  starttls: on(false, 'Turn to TLS on ldap:// before anything else is sent.'),
  danger_skip_tls_verify: on(false, 'Take any certificate. Whoever sits in between reads passwords.'),
  ca: text('Certificates (PEM) to trust instead of the usual ones, mostly as ca_file.'),
  provider_name: named('ldap', 'Value of ?auth= that shows only this directory on the login page.'),
  provider_label: text('Name of the directory on the login page.'),
  provider_icon_url: text('Icon of the directory on the login page.'),
})

export const Settings = Type.Object({
  environment: Type.String({
    default: 'development',
    description: 'Names the overlay file and, when `production`, refuses samples.',
  }),
  packs_base_dir: text('Where registered packs are kept. Default: <home>/packs.'),
  runtime_envs_dir: text('Where pack environments are built. Default: <home>/runtime_envs.'),
  artifacts_dir: text('Where logs and artifacts are kept. Default: <home>/artifacts.'),
  run_as: Type.String({
    default: 'auto',
    description:
      'Whom actions, sensors, builds of environments and tests of packs run as: `auto` (as root an account of its own for each, else this account), `self`, a user or uid for all, or a range of uids (70000-70999) to give each its own.',
  }),
  demo: Type.Boolean({ default: true, description: 'Load the examples pack, whose timer rule runs.' }),
  database: Type.Object({
    url: text('postgresql://…; without it a private PostgreSQL is started under ATTUNE_HOME.'),
    max_connections: count(20, 'Connections of the pool of each process, for what flows.'),
    api_connections: count(
      10,
      'Connections of the pool that requests of the API have for themselves. One caller has half of them at most.',
    ),
    api_statement_timeout: seconds(
      10,
      'Seconds after which the database ends a statement of a request of the API.',
    ),
    connect_timeout: seconds(30, 'Seconds to wait for a connection.'),
  }),
  message_queue: Type.Object({
    url: text('amqp://…; without it messages travel through PostgreSQL.'),
    check_interval: seconds(10, 'Seconds between checks that messages get where the routing table says.'),
    give_up_after: seconds(
      300,
      'Seconds that a start waits for the broker and the database, and that a running process bears to be without them before it exits to be restarted.',
    ),
  }),
  server: Type.Object({
    host: Type.String({ default: '127.0.0.1', description: 'Address the API listens on.' }),
    port: Type.Integer({
      default: 8080,
      minimum: 0,
      maximum: 65535,
      description: 'Port of the API; 0 takes a free one.',
    }),
    cors_origins: Type.Array(Type.String(), {
      default: [],
      description: 'Origins that may call from a browser.',
    }),
    trusted_proxies: Type.Array(Type.String({ pattern: '^[0-9a-fA-F.:]+(/\\d+)?$' }), {
      default: [],
      description:
        'Addresses and networks (10.0.0.0/8) of the proxies before the API: only their X-Forwarded-For says who the client is.',
    }),
    max_body_size: bytes(
      10 * 1024 * 1024,
      'Bytes of a request body at most. Most routes take less: 1 MiB, and 16 KiB without credentials.',
    ),
    max_connections: count(2000, 'Connections that are open at the same time.'),
    max_connections_per_address: count(
      500,
      'Connections of one address that are open at the same time. Trusted proxies have no such limit.',
    ),
    request_timeout: seconds(30, 'Seconds that a request may take to arrive.'),
    refused_per_minute: count(
      300,
      'Requests without valid credentials that one address may make in a minute; then those are turned away. Whoever has valid ones is not.',
    ),
    requests_per_minute: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'Requests that one caller, or one address without valid credentials, may make in a minute. Sensors and probes have no limit. Default: no limit.',
      }),
    ),
    max_streams: count(500, 'Streams (logs that are followed, exports) that may be open at a time.'),
    max_streams_per_caller: count(50, 'Streams that one account, execution or sensor may have open.'),
    public_url: text('Base URL that actions and sensors call. Default: http://<host>:<port>.'),
  }),
  log: Type.Object({
    level: Type.String({
      default: 'info',
      enum: ['trace', 'debug', 'info', 'warn', 'error'],
      description: 'Lines below this level are left out.',
    }),
    format: Type.String({
      default: 'json',
      enum: ['json', 'pretty'],
      description: 'pretty is for people; a terminal gets it by itself.',
    }),
  }),
  health: Type.Object({
    host: Type.String({ default: '127.0.0.1', description: 'Address that health.port listens on.' }),
    port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65535,
        description:
          'Port for /health and /metrics of a process that does not run the API; 0 takes a free one. Default: none.',
      }),
    ),
  }),
  telemetry: Type.Object({
    otlp_url: text(
      'Base URL of an OpenTelemetry collector (OTLP over HTTP), http://127.0.0.1:4318 for example. Default: no traces.',
    ),
    service_name: Type.String({ default: 'attune', description: 'service.name of the traces.' }),
  }),
  pack_upload: Type.Object({
    max_archive_size_bytes: bytes(100 * MIB, 'Bytes of the archive of a pack at most, however it comes in.'),
    max_extracted_size_bytes: bytes(100 * MIB, 'Bytes of the files of a pack at most.'),
    max_per_entry_size_bytes: bytes(50 * MIB, 'Bytes of one file of a pack at most.'),
    max_file_count: count(10_000, 'Files and folders of a pack at most.'),
    allow_symlinks: Type.Boolean({
      default: false,
      description: 'Take packs with links in them. Links that lead out of the pack are refused all the same.',
    }),
  }),
  pack_registry: Type.Object({
    enabled: Type.Boolean({ default: true, description: 'Whether packs are looked up in indexes.' }),
    indices: Type.Array(
      Type.Object({
        url: Type.String(),
        name: Type.Optional(Type.String()),
        priority: Type.Optional(Type.Integer()),
        enabled: Type.Optional(Type.Boolean()),
        headers: Type.Optional(Type.Record(Type.String(), Type.String())),
      }),
      {
        default: [],
        description:
          'Indexes of packs, the lowest `priority` (default 100) first. Indexes that are added through the API replace them.',
      },
    ),
    cache_enabled: Type.Boolean({
      default: true,
      description: 'Whether fetched indexes are kept for a while.',
    }),
    cache_ttl: seconds(3600, 'Seconds that a fetched index is kept.'),
    timeout: seconds(120, 'Seconds that fetching a pack or an index may take.'),
    verify_checksums: Type.Boolean({
      default: true,
      description: 'Refuse packs that are not what their index says.',
    }),
    allow_http: Type.Boolean({
      default: false,
      description: 'Fetch packs and indexes without TLS: whoever is on the way can replace them.',
    }),
    allowed_source_hosts: Type.Array(Type.String(), {
      default: [],
      description:
        'Hosts that packs are fetched from. Where this or an index is set, hosts of neither are refused; else any on the internet.',
    }),
    allowed_private_hosts: Type.Array(Type.String(), {
      default: [],
      description: 'Hosts that packs may be fetched from though their address is private or on this machine.',
    }),
    local_roots: Type.Array(Type.String(), {
      default: [],
      description:
        'Folders of this machine below which whoever may install packs may register them. Elsewhere it takes permissions:manage.',
    }),
    ssh_identity_file: text('Private key for git repositories by SSH; without it they are refused.'),
    ssh_known_hosts_file: text('Keys of the SSH servers that git repositories are fetched from.'),
  }),
  limits: Type.Object({
    inline_value_bytes: bytes(
      MIB,
      'Bytes of a payload, a parameter set, a result or any other document that is stored, at most.',
    ),
  }),
  evaluation: Type.Object({
    evaluation_ms: count(50, 'Milliseconds that one rule may take with one event.'),
    event_ms: count(
      500,
      'Milliseconds that all rules may take with one event, shared out among those who own them.',
    ),
    batch_ms: Type.Integer({
      default: 5000,
      minimum: 1,
      maximum: 20_000,
      description: 'Milliseconds that matching a batch may take; a larger one is taken event by event.',
    }),
    account_ms: count(
      2000,
      'Milliseconds of a minute that slow evaluations of the rules of one owner may take; then these get a tenth of the time, and from twice that on none.',
    ),
    lane_ms: count(
      200,
      'Milliseconds of a minute that the rules of one owner may cost, for time and for what they render; then they wait in the slow lane, where they hold up nobody else.',
    ),
    event_bytes: bytes(
      4 * MIB,
      'Bytes that all rules may render for one event, shared out among those who own them.',
    ),
  }),
  security: Type.Object({
    jwt_secret: text(
      'Shared secret of all services, 32 bytes or more: signs the tokens of executions and sensors. Made at the first start under ATTUNE_HOME.',
    ),
    access_token_secret: text(
      'Signs the access and refresh tokens of people, 32 bytes or more; the same in every process with the API, and in no other. Made at the first start under ATTUNE_HOME, unless database.url is set.',
    ),
    jwt_access_expiration: seconds(3600, 'Seconds an access token is valid.'),
    jwt_refresh_expiration: seconds(604_800, 'Seconds a refresh token is valid.'),
    encryption_key: text(
      'Encrypts secret values, 32 bytes or more. Made at the first start under ATTUNE_HOME.',
    ),
    previous_encryption_keys: Type.Array(Type.String(), {
      default: [],
      description:
        'Keys that encrypted before and still decrypt, until `attune key rotate-encryption` is done; in a file one a line.',
    }),
    bootstrap_token: text(
      'What a sensor host without the shared secret shows to get tokens for sensors, 32 bytes or more. Without it no host gets any.',
    ),
    allow_self_registration: Type.Boolean({
      default: false,
      description: 'Anybody may make an account without permissions. Refused in production.',
    }),
    login_page: LoginPage,
    oidc: Oidc,
    ldap: Ldap,
  }),
  worker: Type.Object({
    name: text(
      'Name of the worker; the same name is the same worker. Default: worker-<hostname>, and -2, -3 … behind it while other processes have that.',
    ),
    worker_type: Type.String({
      default: 'local',
      enum: ['local', 'remote', 'container'],
      description: 'What kind of machine it says it is.',
    }),
    labels,
    taints,
    max_concurrent_tasks: count(10, 'Actions that run at the same time.'),
    task_timeout: seconds(300, 'Seconds an action may run where it names no limit.'),
    max_stdout_bytes: bytes(10_485_760, 'Bytes of standard output that are kept.'),
    max_stderr_bytes: bytes(10_485_760, 'Bytes of standard error that are kept.'),
    heartbeat_interval: seconds(30, 'Seconds between heartbeats; three missed ones count as lost.'),
    shutdown_timeout: seconds(30, 'Seconds that running actions get to end at a stop.'),
    environment_timeout: seconds(600, 'Seconds that building the environment of a pack may take.'),
    inject_system_keys: Type.Boolean({
      default: true,
      description:
        'Whether actions that name keys of the system get them here; without, such actions fail on this worker.',
    }),
    env_passthrough: Type.Array(Type.String(), {
      default: [],
      description: 'Variables that actions inherit besides the basic ones.',
    }),
  }),
  sensor: Type.Object({
    worker_name: text(
      'Name of the sensor host; the same name is the same host. Default: sensor-<hostname>, and -2, -3 … behind it while other processes have that.',
    ),
    labels,
    taints,
    heartbeat_interval: seconds(
      30,
      'Seconds between heartbeats; after three missed ones other hosts run its sensors, which have been stopped by then.',
    ),
    shutdown_timeout: seconds(30, 'Seconds that sensor processes get to end at a stop.'),
  }),
  maintenance: Type.Object({
    alert_cooldown_seconds: seconds(3600, 'Seconds before the same trouble is announced again.'),
    redrive_after_seconds: seconds(
      60,
      'Seconds a step of the flow may be overdue before its message is said again.',
    ),
    scheduled_timeout_seconds: seconds(
      300,
      'Seconds a worker may take to begin an execution before it is told again or loses it.',
    ),
    worker_silence_seconds: seconds(
      90,
      'Seconds without a heartbeat after which a worker is inactive and loses what it has not begun; three intervals of the slowest worker or more.',
    ),
    stuck_execution_seconds: seconds(3600, 'Seconds an execution may stay in a status before an alert.'),
    execution_remediation_seconds: seconds(
      7200,
      'Seconds after which an execution fails that its worker, though alive and with room, never begins.',
    ),
    batch_size: count(100, 'Rows of one kind that a run of a sweep brings on their way at most.'),
  }),
  executor: Type.Object({
    sweep_interval: seconds(5, 'Seconds between runs of each sweep.'),
    placement_grace: seconds(120, 'Seconds an execution waits for a worker that is away.'),
  }),
})
export type Settings = Static<typeof Settings>
