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
  dropped: new Counter({
    name: 'parley_events_dropped_total',
    help: 'Events that a stream let go because its reader did not keep up, who hears of them by resuming',
  }),
  slowSockets: new Counter({ name: 'parley_slow_sockets_total', help: 'Sockets that were closed because their client did not read' }),
  unreadChecked: new Counter({ name: 'parley_unread_checked_total', help: 'Unread counts that were compared with a count over the log' }),
  unreadDrift: new Gauge({ name: 'parley_unread_drift', help: 'Of the unread counts last compared, those that were wrong' }),
  deliverySeconds: new Histogram({
    name: 'parley_delivery_seconds',
    help: 'From the commit of a new message until it was written to the sockets of live streams; once for those that are told together',
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
  webhookAttempts: new Counter({
    name: 'parley_webhook_attempts_total',
    help: 'Attempts to tell an endpoint of an event, by what has become of it (DELIVERED, RETRYING, DEAD)',
    labelNames: ['outcome'] as const,
  }),
  webhooksStopped: new Counter({
    name: 'parley_webhook_endpoints_stopped_total',
    help: 'Endpoints that are not called any more, because of failures or because they answered 410 (gone)',
    labelNames: ['why'] as const,
  }),
  inboundRefused: new Counter({
    name: 'parley_inbound_refused_total',
    help: 'Events that came in and were refused, of which nothing was kept (signature, input, rate)',
    labelNames: ['why'] as const,
  }),
  inboundEvents: new Counter({
    name: 'parley_inbound_events_total',
    help: 'Events that came in, by what has become of them (ACCEPTED, DUPLICATE, then PROCESSED, STALE, QUARANTINED, FAILED)',
    labelNames: ['outcome'] as const,
  }),
  notifications: new Counter({
    name: 'parley_notifications_total',
    help: 'What people were to be told, by channel and outcome (SENT, READ before its time, RETRIED, GIVEN_UP, REFUSED for good)',
    labelNames: ['channel', 'outcome'] as const,
  }),
  verdicts: new Counter({
    name: 'parley_webhook_verdicts_total',
    help: 'What endpoints said of messages before they were written; absent where one gave no verdict in time',
    labelNames: ['verdict'] as const,
  }),
};
