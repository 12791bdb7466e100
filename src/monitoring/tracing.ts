import { setTimeout } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { beginRequest, traceIdOf, within } from '../common/telemetry/tracing.js';
import type { Config } from '../config/config.js';
import { GRAPHQL_PATH } from '../graphql/documents/documents.js';

/** For the last spans, as the node stops. */
const PATIENCE_MS = 2_000;

type Stop = () => Promise<void>;

/**
 * Sends spans to a collector by OTLP over HTTP. Loaded only where a collector is named. Headers for it, sampling and limits come from the
 * environment, under the names that OpenTelemetry gives them.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export async function startTracing({ endpoint, serviceName }: NonNullable<Config['tracing']>): Promise<Stop> {
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { defaultResource, resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, timeoutMillis: PATIENCE_MS });
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName })),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: PATIENCE_MS })],
  });
  provider.register();
  return async () => {
    // A collector that is away holds nobody up.
    await Promise.race([provider.shutdown().catch(() => undefined), setTimeout(PATIENCE_MS, undefined, { ref: false })]);
    for (const api of [trace, context, propagation]) api.disable();
  };
}

/** A span per operation that comes by HTTP; its trace is the one that errors and logs name. */
export function traceRequests(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith(GRAPHQL_PATH)) return done();
    const span = beginRequest(`${request.method} ${GRAPHQL_PATH}`, request.headers);
    Object.assign(request, { id: traceIdOf(span, request.id) });
    reply.raw.once('close', () => span.end());
    within(span, done);
  });
}
