import { Counter, Gauge, Histogram } from 'prom-client';

/** From half a millisecond to ten seconds. */
const LATENCIES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What a node counts, under the names that `/metrics` shows and the dashboard and alerts in `ops/` use. Times in seconds, as Prometheus
 * wants them.
 */
export const metrics = {
  operations: new Histogram({
    name: 'parley_operation_seconds',
    help: 'How long operations of the API took, by root field, transport (http, ws) and outcome (ok, or the code of the first error)',
    labelNames: ['field', 'transport', 'outcome'] as const,
    buckets: LATENCIES,
  }),
  sockets: new Gauge({ name: 'parley_sockets', help: 'WebSocket connections that are open' }),
  streams: new Gauge({ name: 'parley_streams', help: 'Streams of rooms that are open' }),
  hubs: new Gauge({ name: 'parley_active_rooms', help: 'Rooms that somebody listens to on this node' }),
  hubRepairs: new Counter({ name: 'parley_hub_repairs_total', help: 'Holes in the revisions of a room that were filled from the log' }),
  resyncs: new Counter({ name: 'parley_resyncs_total', help: 'Streams that ended because their reader did not keep up' }),
  delivered: new Counter({ name: 'parley_events_delivered_total', help: 'Events of rooms that were handed to a stream' }),
  deliverySeconds: new Histogram({
    name: 'parley_delivery_seconds',
    help: 'From the commit of a new message to a live stream',
    buckets: LATENCIES,
  }),
  appended: new Counter({ name: 'parley_messages_total', help: 'Messages that people sent, by kind', labelNames: ['kind'] as const }),
  refused: new Counter({
    name: 'parley_messages_refused_total',
    help: 'Messages that were refused as they were written, by reason',
    labelNames: ['reason'] as const,
  }),
  batchSize: new Histogram({
    name: 'parley_writer_batch_size',
    help: 'Messages that shared one statement',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200],
  }),
  queued: new Gauge({ name: 'parley_writer_queue', help: 'Messages that wait for a statement' }),
};
