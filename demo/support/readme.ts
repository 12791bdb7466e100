import fs from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const README = path.join(import.meta.dirname, '../../../README.md');

/** The lines of a conversation that a page shows under the command of a story. */
export function shownOf(story: string, page = fs.readFileSync(README, 'utf8')): string[] {
  const [, lines] = new RegExp(`^npm run demo -- ${story} .*\\n\\n((?: +\\d+ {2}.+\\n)+)`, 'm').exec(page) ?? [];
  return lines?.trimEnd().split('\n') ?? [];
}

/** As a page shows a line that was printed: neither the time of day nor what only a terminal sees. */
export const asShown = (line: string): string =>
  stripVTControlCharacters(line)
    .replace(/[\u2068\u2069]/g, '')
    .replace(/^( *\d+ {2})[\d:]{8} {2}/, '$1');
