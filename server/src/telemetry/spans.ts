import { type Attributes, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { isJsonObject } from '../json.ts'
import type {
  TracedExecution,
  TracedMessage,
  TracedQueue,
  TracedRun,
  TracedWork,
  Tracing,
} from '../observe/tracing.ts'
import type { Spans } from './otlp.ts'

/** What handling a message is called in a trace; a message that is not here goes by its type. */
const STEPS: Readonly<Record<string, string>> = {
  EventCreated: 'match',
  EventDeferred: 'match_deferred',
  EnforcementCreated: 'create',
  ExecutionRequested: 'place',
  ExecutionDispatched: 'claim',
  ExecutionCompleted: 'completed',
}

/** What a message and the one that caused it have in common, the closest first. */
const SUBJECTS = ['execution_id', 'enforcement_id', 'event_id'] as const
/** Dispatches are claimed and run at once; what is left here was delivered a second time. */
const MAX_CLAIMED = 10_000

/** A message that is being handled: the span of whatever its transaction says. */
type Cause = { message: TracedMessage; span_id: string }

/** What this process is at, as far as later spans need to know. */
type Underway = {
  spans: Spans
  causes: WeakMap<TracedWork, Cause[]>
  /** Spans of requests that are being answered, by their correlation. */
  requests: Map<string, string>
  /** Spans that claimed an execution, and spans of those that run. */
  claims: Map<number, string>
  runs: Map<number, string>
}

/** Makes spans of what the roles of this process do. */
export function createTracing(spans: Spans): Tracing {
  const underway: Underway = {
    spans,
    causes: new WeakMap(),
    requests: new Map(),
    claims: new Map(),
    runs: new Map(),
  }
  return {
    requested: (request) => beginRequest(underway, request),
    said(tx, messages) {
      const said = messages.map((message) => publishSpan(spans, message, causeOf(underway, tx, message)))
      tx.afterCommit(() => said.forEach((span) => span.end()))
    },
    heard: (tx, queue, messages) => beginHandling(underway, tx, queue, messages),
    running: (execution) => beginRun(underway, execution),
    close: () => spans.close(),
  }
}

function beginRequest(
  { spans, requests }: Underway,
  { id, method, path }: { id: string; method: string; path: string },
): (status: number) => void {
  const span = spans.open({
    trace_id: traceOf(id),
    parent_id: undefined,
    name: `${method} ${path}`,
    kind: SpanKind.SERVER,
    attributes: { 'attune.role': 'api', 'http.request.method': method, 'http.route': path },
  })
  const span_id = idOf(span)
  requests.set(id, span_id)
  return (status) => {
    if (requests.get(id) === span_id) requests.delete(id)
    span.setAttribute('http.response.status_code', status)
    end(span, status >= 500)
  }
}

function beginHandling(
  { spans, causes, claims }: Underway,
  tx: TracedWork,
  queue: TracedQueue,
  messages: readonly TracedMessage[],
): void {
  const handled = messages
    .filter(isTraceable)
    .map((message) => ({ message, span: consumeSpan(spans, queue, message) }))
  const before = causes.get(tx) ?? []
  causes.set(tx, [...before, ...handled.map(({ message, span }) => ({ message, span_id: idOf(span) }))])
  tx.afterCommit(() => {
    for (const { message, span } of handled) {
      const execution = idIn(message, 'execution_id')
      if (message.type === 'ExecutionDispatched' && execution !== undefined)
        remember(claims, execution, idOf(span))
      span.end()
    }
  })
  // A batch that fails is gone through one by one; only then is it known which message is at fault.
  tx.afterRollback(() => {
    if (handled.length === 1) for (const { span } of handled) end(span, true)
  })
}

function beginRun(
  { spans, claims, runs }: Underway,
  { id, action_ref, attempt, correlation_id }: TracedExecution,
): TracedRun {
  const parent_id = claims.get(id)
  claims.delete(id)
  if (correlation_id === null) return { ended: () => undefined, recorded: () => undefined }
  const span = spans.open({
    trace_id: traceOf(correlation_id),
    parent_id,
    name: `run ${action_ref}`,
    kind: SpanKind.INTERNAL,
    attributes: { 'attune.role': 'worker', 'attune.execution_id': id, 'attune.attempt': attempt },
  })
  runs.set(id, idOf(span))
  return {
    ended(status) {
      span.setAttribute('attune.status', status)
      end(span, status !== 'completed')
    },
    recorded: () => runs.delete(id),
  }
}

const idOf = (span: Span) => span.spanContext().spanId

function end(span: Span, failed: boolean): void {
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** The span that made this transaction say a message; undefined begins a trace. */
function causeOf(
  { causes, runs, requests }: Underway,
  tx: TracedWork,
  message: TracedMessage,
): string | undefined {
  const inBatch = causes.get(tx) ?? []
  const execution = idIn(message, 'execution_id')
  return (
    inBatch.find((cause) => sharesSubject(cause.message, message))?.span_id ??
    (execution === undefined ? undefined : runs.get(execution)) ??
    inBatch.find((cause) => cause.message.correlation_id === message.correlation_id)?.span_id ??
    requests.get(message.correlation_id)
  )
}

function publishSpan(
  spans: Spans,
  message: TracedMessage & { exchange: string },
  parent_id: string | undefined,
): Span {
  return spans.open({
    trace_id: traceOf(message.correlation_id),
    span_id: saidBy(message.message_id),
    parent_id,
    name: `publish ${message.type}`,
    kind: SpanKind.PRODUCER,
    attributes: { 'messaging.destination.name': message.exchange, ...describe(message) },
  })
}

function consumeSpan(spans: Spans, queue: TracedQueue, message: TracedMessage): Span {
  return spans.open({
    trace_id: traceOf(message.correlation_id),
    parent_id: saidBy(message.message_id),
    name: STEPS[message.type] ?? message.type,
    kind: SpanKind.CONSUMER,
    attributes: {
      'attune.role': queue.service,
      'messaging.destination.name': queue.name,
      ...describe(message),
    },
  })
}

/** Ids and names only: payloads may hold anything. */
function describe(message: TracedMessage): Attributes {
  const subjects = SUBJECTS.flatMap((field) => {
    const id = idIn(message, field)
    return id === undefined ? [] : [[`attune.${field}`, id] as const]
  })
  return {
    'messaging.system': 'attune',
    'messaging.message.id': message.message_id,
    'attune.message_type': message.type,
    ...Object.fromEntries(subjects),
  }
}

function sharesSubject(one: TracedMessage, other: TracedMessage): boolean {
  return SUBJECTS.some((field) => idIn(one, field) !== undefined && idIn(one, field) === idIn(other, field))
}

function idIn({ payload }: TracedMessage, field: (typeof SUBJECTS)[number]): number | undefined {
  const id = isJsonObject(payload) ? payload[field] : undefined
  return typeof id === 'number' ? id : undefined
}

function remember(claims: Map<number, string>, execution: number, span_id: string): void {
  claims.set(execution, span_id)
  const [oldest] = claims.keys()
  if (claims.size > MAX_CLAIMED && oldest !== undefined) claims.delete(oldest)
}

/** Whoever writes to the broker from outside may name a message as they like. */
function isTraceable({ message_id, correlation_id }: TracedMessage): boolean {
  return [message_id, correlation_id].every((id) => /^[0-9a-f]{32}$/.test(traceOf(id)))
}

/** The 32 digits of the correlation id: every role makes the same trace of them. */
const traceOf = (correlation: string) => correlation.replaceAll('-', '').toLowerCase()

/** The span that said a message, as whoever hears it can tell. */
const saidBy = (message: string) => traceOf(message).slice(0, 16)
