import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, jest, test } from '@jest/globals';
import { Promises } from '../demo/support/promises.js';
import { asShown, shownOf } from '../demo/support/readme.js';

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

// `npm run demo -- all` is what tells them all.
test('a story is told to its end, every promise is kept, and it looks as the README shows it', async () => {
  const { code, output } = await demo('jobs', process.env['PARLEY_TEST_SERVER']);
  expect(output).not.toContain('FAILED');
  expect(output.match(/^ok +\w+/gm)).toHaveLength(10);
  expect(output).toMatch(/^ok +README +.*\(3 looks\)$/m);
  for (const side of ['poster', 'bidder 1', 'bidder 2', 'bidder 3']) expect(output).toContain(`(${side})`);
  expect(code).toBe(0);
});

test('a line of the README is what was printed, without the time and the colours', () => {
  const page = 'npm run demo -- jobs   what it is about\n\n   8  — one —\n  10  I: two ✓\n\nnpm run demo -- care\n';
  expect(shownOf('jobs', page)).toEqual(['   8  — one —', '  10  I: two ✓']);
  expect(shownOf('care', page)).toEqual([]);
  expect(asShown('  10  12:34:56  \u001b[1m\u2068I\u2069\u001b[22m: two ✓')).toBe('  10  I: two ✓');
});

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
