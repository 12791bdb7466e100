import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

const LONG = [
  ...['drain', 'inbound-faults', 'hostile-strings', 'strangers', 'inbound-disputes', 'stripe', 'process', 'live-authorization', 'inbox'],
  ...[
    'notifications-faults',
    'policy',
    'dead-lines',
    'inbound-order',
    'redis',
    'cut-off-jobs',
    'limits',
    'disputes-cells',
    'transport-socket',
  ],
  ...['stripe-events', 'payments-cells', 'rate-limits', 'orders-cells', 'webhooks-outage', 'inbound-rules', 'inbound-payments', 'demo'],
  ...['presence-inbox', 'access-races', 'rooms-volume', 'http', 'redis-cluster', 'jobs-races', 'jobs-cells', 'inbound-jobs'],
  ...['appointments-cells', 'presence', 'unread-marks', 'facilities-cells', 'inbound-appointments', 'inbound-studies', 'orders-story'],
];

const rank = ({ path: file }) => {
  const at = LONG.indexOf(path.basename(file, '.e2e-spec.ts'));
  return at < 0 ? LONG.length : at;
};

/** One long file left over at the end would keep one worker busy alone. Jest itself knows how long a file takes only where it ran before. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
