// Compiles into dist/ what is newer than the last build, or nothing. Types are the business of `npm run check`.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const SOURCES = ['src', 'migrations', 'bench', 'demo'].filter((folder) => fs.existsSync(folder));
const DONE = 'dist/.built';

const files = SOURCES.flatMap((folder) => [folder, ...fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name))]);
// A folder is newer, too, when something in it was deleted or renamed.
const newest = Math.max(...[...files, '.swcrc', 'package-lock.json'].map((file) => fs.statSync(file).mtimeMs));

if (!fs.existsSync(DONE) || fs.statSync(DONE).mtimeMs < newest) {
  const swc = createRequire(import.meta.url).resolve('@swc/cli/bin/swc.js');
  const fresh = `dist.${process.pid}`;
  const options = ['--out-dir', fresh, '--extensions', '.ts', '--ignore', '**/*.spec.ts', '--quiet'];
  const { status } = spawnSync(process.execPath, [swc, ...SOURCES, ...options], { stdio: 'inherit' });
  if (status !== 0) {
    fs.rmSync(fresh, { recursive: true, force: true });
    process.exit(1);
  }
  fs.writeFileSync(path.join(fresh, '.built'), '');
  // The time of the sources, not of the end: what is saved during the build counts as newer.
  fs.utimesSync(path.join(fresh, '.built'), new Date(), new Date(newest));
  // Moved into place at once, so that nothing old stays and nobody meets half a build.
  fs.rmSync('dist', { recursive: true, force: true });
  fs.renameSync(fresh, 'dist');
}
