import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { afterEach, expect, jest, test } from '@jest/globals';
import { Promises } from '../demo/support/promises.js';

const TIMEOUT_MS = 240_000;

async function demo(story: string, databaseUrl: string | undefined): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['dist/demo/main.js', story], { env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

afterEach(() => {
  jest.restoreAllMocks();
});

const README = fs.readFileSync('README.md', 'utf8');

/** The lines of a conversation that the README shows under the command of a story. */
function shownOf(story: string): string[] {
  const [, lines] = new RegExp(`^npm run demo -- ${story} .*\\n\\n((?: +\\d+ {2}.+\\n)+)`, 'm').exec(README) ?? [];
  if (!lines) throw new Error(`the README shows nothing of "${story}"`);
  return lines.trimEnd().split('\n');
}

test.each([
  ['pharmacy', 18, ['customer', 'pharmacist', 'rider', 'support']],
  ['marketplace', 10, ['buyer', 'seller', 'mediator']],
  ['jobs', 9, ['poster', 'bidder 1', 'bidder 2', 'bidder 3']],
  ['care', 11, ['practitioner', 'patient', 'delegate']],
  ['radiology', 10, ['radiologist', 'technician', 'clinician']],
])(
  'the story "%s" is told to its end, every promise is kept, and it looks as the README shows it',
  async (name, promises, sides) => {
    const { code, output } = await demo(name, process.env['PARLEY_TEST_SERVER']);
    expect(output).not.toContain('FAILED');
    expect(output.match(/^ok +\w+/gm)).toHaveLength(promises);
    for (const side of sides) expect(output).toContain(`(${side})`);
    expect(code).toBe(0);
    const printed = output
      .replace(/[\u2068\u2069]/g, '')
      .replace(/^( *\d+ {2})[\d:]{8} {2}/gm, '$1')
      .split('\n');
    expect(printed).toEqual(expect.arrayContaining(shownOf(name)));
  },
  TIMEOUT_MS,
);

test('without a database there is no story', async () => {
  const { code, output } = await demo('jobs', 'postgres://nobody@127.0.0.1:1/nothing');
  expect(output).toContain('The stage could not be set up: ');
  expect(code).toBe(1);
});

test('a story that nobody knows is not told, and those that there are are named', async () => {
  const { code, output } = await demo('opera', process.env['PARLEY_TEST_SERVER']);
  expect(output).toBe('There is no story "opera". There is: pharmacy, marketplace, jobs, care, radiology, all\n');
  expect(code).toBe(1);
});

test('a promise is kept only if it was looked at and no look found it broken', () => {
  const lines = jest.spyOn(console, 'log').mockReturnValue();
  const promises = (...looks: boolean[]) => {
    const made = new Promises({ P0: 'it holds' });
    for (const isKept of looks) made.look('P0', 'a crack', isKept);
    return made;
  };
  expect(promises(true, true).report()).toBe(true);
  expect(promises(true, false).report()).toBe(false);
  expect(lines).toHaveBeenLastCalledWith(expect.stringContaining('a crack'));
  expect(promises().report()).toBe(false);
});
