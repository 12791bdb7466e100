import { parseArgs } from 'node:util';

/** How long a round takes: `--seconds 1` for a quick look. */
export function secondsPerRound(): number {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '4' } } });
  const seconds = Number(values.seconds);
  if (!(seconds >= 1)) throw new Error('--seconds takes a number from 1');
  return seconds;
}
