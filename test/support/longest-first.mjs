import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

const LONG = ['hostile-strings', 'strangers', 'drain', 'policy', 'disputes-cells', 'access-races', 'demo', 'limits', 'live-authorization'];

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
