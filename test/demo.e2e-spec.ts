import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, jest, test } from '@jest/globals';
import { Promises } from '../demo/promises.js';

const TIMEOUT_MS = 60_000;

async function demo(databaseUrl: string | undefined): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['dist/demo/main.js'], { env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

afterEach(() => {
  jest.restoreAllMocks();
});

test(
  'the story of the pharmacy is told to its end, and every promise is kept',
  async () => {
    const { code, output } = await demo(process.env['PARLEY_TEST_SERVER']);
    expect(output).not.toContain('FAILED');
    expect(output.match(/^ok +\w+/gm)).toHaveLength(16);
    for (const side of ['customer', 'pharmacist', 'rider', 'support']) expect(output).toContain(`(${side})`);
    expect(code).toBe(0);
  },
  TIMEOUT_MS,
);

test('without a database there is no story', async () => {
  const { code, output } = await demo('postgres://nobody@127.0.0.1:1/nothing');
  expect(output).toContain('The stage could not be set up: ');
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
