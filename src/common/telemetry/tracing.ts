import { type Attributes, context, type Context, isSpanContextValid, propagation, ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import { type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Makes spans where tracing is configured (`src/monitoring/tracing.ts`); otherwise what it makes does nothing. */
const tracer = trace.getTracer('parley');

/** Begins what a caller has asked for. @param carrier where the caller may have said, as `traceparent`, what it is part of (W3C Trace Context) */
export function beginRequest(name: string, carrier: unknown): Span {
  const parent = typeof carrier === 'object' && carrier !== null ? propagation.extract(ROOT_CONTEXT, carrier) : ROOT_CONTEXT;
  return tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
}

/** Does the work as part of the span, which goes on. */
export const within = <Result>(span: Span, work: () => Result): Result => context.with(trace.setSpan(context.active(), span), work);

/** The trace to which a span belongs; `otherwise` where nothing is traced. */
export function traceIdOf(span: Span | undefined, otherwise: string): string {
  const of = span?.spanContext();
  return of && isSpanContextValid(of) ? of.traceId : otherwise;
}

/** Of the request that is being served. */
export const traceIdNow = (otherwise: string): string => traceIdOf(trace.getActiveSpan(), otherwise);

/** Who has asked for what is being done. */
export const originNow = (): SpanContext | undefined => trace.getActiveSpan()?.spanContext();

/** Names the request that is being served after what it turned out to be, and says how it ended. */
export function describeRequest(name: string, attributes: Attributes, errorCode: string | null): void {
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return;
  span.updateName(name).setAttributes(attributes);
  if (errorCode === null) return;
  span.setAttribute('error.type', errorCode).setStatus({ code: SpanStatusCode.ERROR, message: errorCode });
}

/** Does a piece of work under a name of its own. */
export const traced = <Result>(name: string, work: (span: Span) => Promise<Result>): Promise<Result> =>
  run(name, {}, [], context.active(), work);

/** The same for many at once: it belongs to the first who asked, and is linked to the others. */
export function tracedFor<Result>(
  name: string,
  attributes: Attributes,
  origins: readonly (SpanContext | undefined)[],
  work: () => Promise<Result>,
): Promise<Result> {
  const [first, ...others] = origins.filter((origin) => origin !== undefined);
  return run(name, attributes, others, first ? trace.setSpanContext(ROOT_CONTEXT, first) : ROOT_CONTEXT, work);
}

async function run<Result>(
  name: string,
  attributes: Attributes,
  links: readonly SpanContext[],
  parent: Context,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const span = tracer.startSpan(name, { attributes, links: links.map((each) => ({ context: each })) }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
