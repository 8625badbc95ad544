/** For one machine that PostgreSQL shares with everything else; the caller may override each of them. */
const defaults: Record<string, string> = {
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  log_checkpoints: 'off',
  // Compiling a plan takes longer than every statement of ours runs.
  jit: 'off',
  // The workers and rings of asynchronous I/O are not to be had in every container.
  io_method: 'sync',
  // Nobody replicates from it.
  wal_level: 'minimal',
  max_wal_senders: '0',
}

/** Reachable from this machine only, and without the bundled OpenSSL. */
const fixed: Record<string, string> = { listen_addresses: '127.0.0.1', ssl: 'off' }

/** The server's arguments. */
export function serverArguments(dataDir: string, port: number, settings: Record<string, string>): string[] {
  const all = Object.entries({ ...defaults, ...settings, ...fixed })
  return [
    '-D',
    dataDir,
    '-p',
    String(port),
    '-k',
    '',
    ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}
