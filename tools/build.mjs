// Compiles into dist/ what is newer than the last build, or nothing. Types are the business of `npm run check`.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const SOURCES = ['src', 'migrations', 'bench', 'demo', 'check'].filter((folder) => fs.existsSync(folder));
const MARK = '.built';

const files = SOURCES.flatMap((folder) => [folder, ...fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name))]);
// A folder is newer, too, when something in it was deleted or renamed.
const newest = Math.max(...[...files, '.swcrc', 'package-lock.json'].map((file) => fs.statSync(file).mtimeMs));
const isUpToDate = () => fs.existsSync(path.join('dist', MARK)) && fs.statSync(path.join('dist', MARK)).mtimeMs >= newest;

function compile(folder) {
  const swc = createRequire(import.meta.url).resolve('@swc/cli/bin/swc.js');
  const options = ['--out-dir', folder, '--extensions', '.ts', '--ignore', '**/*.spec.ts', '--quiet'];
  const { status } = spawnSync(process.execPath, [swc, ...SOURCES, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  fs.writeFileSync(path.join(folder, MARK), '');
  // The time of the sources, not of the end: what is saved during the build counts as newer. Times are kept in whole milliseconds.
  fs.utimesSync(path.join(folder, MARK), new Date(), new Date(newest + 1));
}

if (!isUpToDate()) {
  const fresh = `dist.${process.pid}`;
  try {
    compile(fresh);
    // Moved into place as a whole, so that nothing old stays and nobody meets half a build; unless another build was faster.
    if (!isUpToDate()) {
      fs.rmSync('dist', { recursive: true, force: true });
      fs.renameSync(fresh, 'dist');
    }
  } catch (error) {
    if (!isUpToDate()) throw error;
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}
