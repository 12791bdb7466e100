import { maskCardNumbers } from '../../common/text/card-numbers.js';
import type { Config } from '../../config/config.js';

/** What is stored of what somebody wrote: all of it, but for card numbers. */
export const masked = ({ maskCardNumbers: isOn }: Pick<Config, 'maskCardNumbers'>, text: string): string =>
  isOn ? maskCardNumbers(text) : text;
