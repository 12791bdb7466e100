import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

const LONG = [
  ...['inbound-disputes', 'demo', 'hostile-strings', 'inbound-order', 'strangers', 'inbound-payments', 'drain', 'policy', 'inbound-jobs'],
  ...['payments-cells', 'inbound-faults', 'stripe-events', 'disputes-cells', 'process', 'jobs-races', 'inbound-studies', 'jobs-cells'],
  ...['inbound-appointments', 'orders-cells', 'inbox', 'orders-story', 'appointments-cells', 'access-races', 'live-authorization'],
  ...['webhooks-outage', 'stripe', 'presence', 'writer', 'dispute-money', 'facilities-cells', 'limits'],
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
