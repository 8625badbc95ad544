/** A transaction, as far as tracing is concerned. */
export type TracedWork = { afterCommit(effect: () => void): void; afterRollback(effect: () => void): void }

/** A message that is said or heard. Of its payload only ids are looked at. */
export type TracedMessage = { type: string; payload: unknown; message_id: string; correlation_id: string }

export type TracedQueue = { name: string; service: string }

export type TracedExecution = {
  id: number
  action_ref: string
  attempt: number
  correlation_id: string | null
}

export type TracedRun = {
  /** The action's process is gone. */
  ended(status: string): void
  /** Its end is in the database, and what follows has been said. */
  recorded(): void
}

/**
 * Follows what one request or event causes from role to role. The correlation id is the trace, a message's own id
 * names the span that said it, so that nothing more has to travel with a message.
 */
export type Tracing = {
  /** A request has come in; call the answer when it is answered. */
  requested(request: { id: string; method: string; path: string }): (status: number) => void
  /** Messages are said in `tx`. */
  said(tx: TracedWork, messages: readonly (TracedMessage & { exchange: string })[]): void
  /** Messages of a queue are handled in `tx`. */
  heard(tx: TracedWork, queue: TracedQueue, messages: readonly TracedMessage[]): void
  /** A claimed execution runs. */
  running(execution: TracedExecution): TracedRun
  /** Hands over what it has, and ends. */
  close(): Promise<void>
}

/** Where nobody asked for traces. */
export const noTracing: Tracing = {
  requested: () => () => undefined,
  said: () => undefined,
  heard: () => undefined,
  running: () => ({ ended: () => undefined, recorded: () => undefined }),
  close: async () => undefined,
}
