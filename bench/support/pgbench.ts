import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Figure } from './figure.js';

const DEBIAN = '/usr/lib/postgresql';

function folders(): string[] {
  const versions = fs.existsSync(DEBIAN) ? fs.readdirSync(DEBIAN) : [];
  return [...(process.env['PATH'] ?? '').split(path.delimiter), ...versions.map((version) => path.join(DEBIAN, version, 'bin'))];
}

/** PostgreSQL's own benchmark; nothing when it is not installed (Debian: postgresql-contrib). */
export const findPgbench = (): string | undefined =>
  folders()
    .map((folder) => path.join(folder, 'pgbench'))
    .find((file) => fs.existsSync(file));

export interface PgbenchRun {
  url: string;
  script: string;
  clients: number;
  seconds: number;
}

/** Its own average stands for the median, and it tells no p99. */
export async function runPgbench(pgbench: string, { url, script, clients, seconds }: PgbenchRun): Promise<Figure> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-pgbench-'));
  const file = path.join(folder, 'script.sql');
  fs.writeFileSync(file, script);
  const options = ['--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--jobs=2', `--time=${seconds}`, `--file=${file}`];
  const { stdout } = await promisify(execFile)(pgbench, [...options, url]);
  fs.rmSync(folder, { recursive: true });
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1]);
  return { perSecond: number(/^tps = ([\d.]+)/m), p50Ms: number(/^latency average = ([\d.]+) ms/m), p99Ms: NaN };
}
