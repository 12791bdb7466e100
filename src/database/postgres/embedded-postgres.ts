import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findBinaries, reachableFolder, serverAccount, type Account, type Binaries } from './postgres-binaries.js';

export interface EmbeddedPostgres {
  url(database?: string): string;
  /** Does nothing to a server that another process started: it ends with that one. */
  stop(): Promise<void>;
}

interface Options {
  /** For tests: no fsync, and the folder is deleted when the server ends, however it ends. */
  isTemporary?: boolean;
}

/** The folder of one server: `data`, its password, its log. */
interface Cluster {
  folder: string;
  data: string;
  password: string;
  account: Account;
  binaries: Binaries;
  isTemporary: boolean;
}

const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];
const UNSAFE_SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
const START_TIMEOUT_MS = 60_000;
const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };

const urlOf = (cluster: Cluster, port: number, database = 'postgres') =>
  `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${database}`;

/**
 * A real PostgreSQL inside a folder, for those who have none. Meant to outlive every kind of end of this process: a second process
 * adopts the running server, and a killed one takes its server along.
 */
export async function startEmbeddedPostgres(folder: string, { isTemporary = false }: Options = {}): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(folder, isTemporary);
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const running = await runningPort(cluster);
    if (running) return { url: (database) => urlOf(cluster, running, database), stop: () => Promise.resolve() };
    const started = await start(cluster);
    if (started) return started;
    // The folder is still locked: by a server that starts at this moment, or by the last connections of one that was killed.
    const log = fs.readFileSync(path.join(cluster.folder, 'postgres.log'), 'utf8');
    if (!/lock file|shared memory block/.test(log) || Date.now() > deadline) {
      throw new Error(`PostgreSQL did not start in ${cluster.folder}:\n${log.slice(-4_096)}`);
    }
    await wait(100);
  }
}

async function openCluster(folder: string, isTemporary: boolean): Promise<Cluster> {
  const account = serverAccount();
  const binaries = findBinaries(account);
  const home = path.join(reachableFolder(folder, account), `postgres-${binaries.major}`);
  if (!fs.existsSync(home)) await initialise(home, account, binaries, isTemporary);
  const password = fs.readFileSync(path.join(home, 'password'), 'utf8');
  return { folder: home, data: path.join(home, 'data'), password, account, binaries, isTemporary };
}

/** Made beside its place and moved there when it is whole. Of two that do so at once, the first wins. */
async function initialise(home: string, account: Account, { initdb }: Binaries, isTemporary: boolean): Promise<void> {
  const unfinished = `${home}.${process.pid}`;
  const passwordFile = path.join(unfinished, 'password');
  fs.mkdirSync(path.join(unfinished, 'data'), { recursive: true });
  fs.writeFileSync(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    for (const name of ['', 'data', 'password']) fs.chownSync(path.join(unfinished, name), account.uid, account.gid);
  }
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const speed = isTemporary ? ['--no-sync'] : [];
  try {
    await promisify(execFile)(initdb, ['-D', path.join(unfinished, 'data'), ...locale, ...access, ...speed], {
      ...account,
      cwd: '/',
      env: environment,
    });
    fs.renameSync(unfinished, home);
  } catch (error) {
    fs.rmSync(unfinished, { recursive: true, force: true });
    if (!fs.existsSync(home)) throw error;
  }
}

/** The port of a living server of this very folder. */
async function runningPort(cluster: Cluster): Promise<number | undefined> {
  const lockFile = path.join(cluster.data, 'postmaster.pid');
  if (!fs.existsSync(lockFile)) return undefined;
  const port = Number(fs.readFileSync(lockFile, 'utf8').split('\n')[3]);
  return port && (await dataFolderAt(cluster, port)) === cluster.data ? port : undefined;
}

/** What answers at the port says whose data it serves: a lock file may be stale and its port taken by something else. */
async function dataFolderAt(cluster: Cluster, port: number): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: urlOf(cluster, port), connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') folder`);
    return rows[0]?.folder;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Nothing when the server gave up; its log says why. */
async function start(cluster: Cluster): Promise<EmbeddedPostgres | undefined> {
  const port = await freePort();
  const settings = [...SETTINGS, ...(cluster.isTemporary ? UNSAFE_SETTINGS : [])].flatMap((setting) => ['-c', setting]);
  const log = fs.openSync(path.join(cluster.folder, 'postgres.log'), 'w');
  // Detached: Ctrl-C in a terminal goes to the whole group, and the database has to outlive the requests in flight.
  const server = spawn(cluster.binaries.postgres, ['-D', cluster.data, '-p', String(port), ...settings], {
    ...cluster.account,
    cwd: '/',
    env: environment,
    detached: true,
    stdio: ['ignore', 'ignore', log],
  });
  fs.closeSync(log);
  server.unref();
  const ended = once(server, 'exit');
  watch(server, cluster);
  while (server.exitCode === null && server.signalCode === null) {
    if ((await dataFolderAt(cluster, port)) === cluster.data) {
      return { url: (database) => urlOf(cluster, port, database), stop: () => stop(server, ended) };
    }
    await Promise.race([wait(20), ended]);
  }
  return undefined;
}

/** Waits for its input to end, then for PostgreSQL to have put everything away (10 s at most), before it deletes a temporary folder. */
const WATCHDOG = `
  read _; kill -INT "$1" 2>/dev/null; [ -z "$2" ] && exit
  tries=0; while [ -e "$2"/*/data/postmaster.pid ] && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
  rm -rf "$2"`;

/** Starts a process that hears of our end, even by SIGKILL, because its input is closed then. */
function watch(server: ChildProcess, cluster: Cluster): void {
  const remove = cluster.isTemporary ? path.dirname(cluster.folder) : '';
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'parley-postgres-watchdog', String(server.pid), remove], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  (watchdog.stdin as unknown as Socket).unref();
  server.once('exit', () => watchdog.stdin.end());
}

/** SIGINT is PostgreSQL's "fast" shutdown: it ends open transactions and writes everything down. */
async function stop(server: ChildProcess, ended: Promise<unknown>): Promise<void> {
  server.ref();
  server.kill('SIGINT');
  await ended;
}
