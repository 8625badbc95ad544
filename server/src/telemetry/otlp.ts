import { randomBytes } from 'node:crypto'
import {
  ROOT_CONTEXT,
  type Attributes,
  type Span,
  type SpanKind,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Log } from '../observe/log.ts'

const MAX_WAITING = 20_000
const MAX_BATCH = 1000
const EVERY_MS = 1000
const PATIENCE_MS = 5000

/** A span whose place in its trace is known before it begins. */
export type Opening = {
  trace_id: string
  /** Undefined: any. */
  span_id?: string
  parent_id: string | undefined
  name: string
  kind: SpanKind
  attributes: Attributes
}

export type Spans = { open(span: Opening): Span; close(): Promise<void> }

export type SpansOptions = {
  /** Base URL of the collector; `/v1/traces` is added. */
  url: string
  resource: Readonly<Record<string, string>>
  log: Log
}

/**
 * Makes spans and sends them to a collector as OTLP over HTTP, in batches. What a collector does not take is dropped:
 * traces are worth nothing that work would have to wait for.
 */
export function createSpans({ url, resource, log }: SpansOptions): Spans {
  const exporter = new OTLPTraceExporter({
    url: `${url.replace(/\/(v1\/traces)?\/?$/, '')}/v1/traces`,
    timeoutMillis: PATIENCE_MS,
  })
  const processor = new BatchSpanProcessor({
    exporter: reporting(exporter, url, log),
    maxQueueSize: MAX_WAITING,
    maxExportBatchSize: MAX_BATCH,
    scheduledDelayMillis: EVERY_MS,
    exportTimeoutMillis: 2 * PATIENCE_MS,
  })
  const ids: GivenIds = { trace_id: '', span_id: undefined }
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resource),
    sampler: new AlwaysOnSampler(),
    idGenerator: generatorOf(ids),
    spanProcessors: [processor],
  })
  const tracer = provider.getTracer('attune')
  return { open: (span) => openSpan(tracer, ids, span), close: () => provider.shutdown() }
}

/** The ids of the span that begins now: the library asks for them while it does. */
type GivenIds = { trace_id: string; span_id: string | undefined }

function generatorOf(ids: GivenIds): IdGenerator {
  return {
    generateTraceId: () => ids.trace_id,
    generateSpanId: () => ids.span_id ?? randomBytes(8).toString('hex'),
  }
}

function openSpan(
  tracer: Tracer,
  ids: GivenIds,
  { trace_id, span_id, parent_id, name, kind, attributes }: Opening,
): Span {
  Object.assign(ids, { trace_id, span_id })
  const parent =
    parent_id === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId: trace_id,
          spanId: parent_id,
          traceFlags: TraceFlags.SAMPLED,
          isRemote: true,
        })
  return tracer.startSpan(name, { kind, attributes }, parent)
}

/** Says once that spans are dropped, and once that they are taken again. */
function reporting(exporter: SpanExporter, url: string, log: Log): SpanExporter {
  let dropped = 0
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) {
          if (dropped > 0) log.info({ dropped }, 'traces are taken again')
          dropped = 0
        } else {
          const error = result.error?.message
          if (dropped === 0) log.warn({ url, error }, 'traces are not taken and are dropped meanwhile')
          dropped += spans.length
        }
        done({ code: ExportResultCode.SUCCESS }) // it is said; the library would only say it again
      })
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
