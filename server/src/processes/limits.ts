/** Between SIGTERM and SIGKILL. */
export const GRACE_MS = 5000
/** How long output of background children is waited for once the process itself has ended. */
export const DRAIN_MS = 2000
/** The longest delay a timer takes. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** What the kernel keeps each process of a group within. */
export type KernelLimits = {
  /** Of each file that it writes. */
  file_bytes: number
  /** Of its address space, where the system knows such a limit. */
  memory_bytes?: number
  /** Of computing, each process for itself. */
  cpu_seconds?: number
}

/** The command, started within the limits. It leaves no core files. */
export function within(
  { file_bytes, memory_bytes, cpu_seconds }: KernelLimits,
  command: readonly string[],
): { file: string; args: string[] } {
  const limits = [
    'ulimit -c 0',
    `ulimit -f ${Math.ceil(file_bytes / 512)}`,
    ...(memory_bytes === undefined ? [] : [`ulimit -v ${Math.floor(memory_bytes / 1024)} 2>/dev/null`]),
    ...(cpu_seconds === undefined ? [] : [`ulimit -t ${cpu_seconds}`]),
  ]
  return { file: '/bin/sh', args: ['-c', `${limits.join('; ')}; exec "$@"`, 'sh', ...command] }
}
