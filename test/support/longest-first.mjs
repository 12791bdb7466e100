import path from 'node:path';
import Sequencer from '@jest/test-sequencer';

const LONG = ['strangers', 'hostile-strings', 'drain', 'access-races', 'policy', 'demo', 'disputes-cells', 'limits', 'live-authorization'];

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
