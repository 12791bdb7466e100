import fs from 'node:fs';
import { expect, test } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { machinesPage } from '../src/machines-page.js';

const PAGE = 'docs/machines.md';

test('docs/machines.md is what the server runs; `npm run machines` and `npm run format` write it anew', async () => {
  const options = await resolveConfig(PAGE);
  expect(fs.readFileSync(PAGE, 'utf8')).toBe(await format(await machinesPage(), { ...options, filepath: PAGE }));
});
