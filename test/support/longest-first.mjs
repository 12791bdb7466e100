import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

const LONG = [
  ...['inbound-appointments', 'inbound-jobs', 'inbound-order', 'drain', 'inbound-disputes', 'process', 'hostile-strings', 'demo'],
  ...['inbound-faults', 'appointments-cells', 'strangers', 'facilities-cells', 'inbound-studies', 'policy', 'inbound-payments'],
  ...['payments-cells', 'orders-cells', 'disputes-cells', 'jobs-cells', 'jobs-races', 'access-races', 'limits', 'live-authorization'],
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
