import 'reflect-metadata';
import fs from 'node:fs';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ConfigError, readConfig, type Config } from './config/config.js';
import { seedDemoWorkspace } from './demo-workspace.js';
import { startNode, type Node } from './node.js';
import { DEMO_PASSWORD, demoPeople, type DemoPerson } from './users/demo-people.js';

/** EX_CONFIG of sysexits.h */
const BAD_CONFIGURATION = 78;
/**
 * Beyond what a message may wait for its verdict; together 10 s, if nobody says otherwise. Where everything hangs at once it is 2 s for last
 * requests, 3.5 s for their answers, 2.5 s for jobs and 1.5 s for e-mails.
 */
const SHUTDOWN_LIMIT_MS = 8_500;
/** Clients that are talking send their next request within it, and hear that it was the last on this connection. */
const LAST_REQUEST_MS = 2_000;

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function configuration(): Config {
  // What the environment says itself goes before the file.
  if (fs.existsSync('.env')) process.loadEnvFile();
  try {
    return readConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) fail(`The settings are not right:\n${error.message}`, BAD_CONFIGURATION);
    throw error;
  }
}

function explain(error: unknown, { port }: Config): string {
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Choose another one: PORT=3001 npm start`;
  if (code === 'ECONNREFUSED') return `Nothing answers at DATABASE_URL: ${message}`;
  return `Parley could not start: ${stack}`;
}

/** Ctrl-C under npm arrives twice, so only the first signal counts. */
function stopOnSignal(node: Node, { beforeSendMs }: Config): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => fail('Parley did not stop in time', 1), SHUTDOWN_LIMIT_MS + beforeSendMs).unref();
    node.close(LAST_REQUEST_MS).then(
      () => process.exit(0),
      (error: unknown) => fail(`Parley did not stop cleanly: ${String(error)}`, 1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** A token stands on a line of its own, because it is there to be copied. */
function introduce(people: DemoPerson[]): string[] {
  if (people.length === 0) return [];
  const rows = people.flatMap(({ name, part, role, email, token }) => [
    `  ${part.padEnd(12)} ${role.padEnd(9)} ${email.padEnd(24)} ${name}`,
    `  ${token}`,
    '',
  ]);
  return [`  Demo people: sign in with the address and "${DEMO_PASSWORD}", or send the token as "Authorization: Bearer …"`, '', ...rows];
}

async function announce({ app, url }: Node, config: Config): Promise<void> {
  new Logger('Parley').log(`listening at ${url}`);
  if (config.environment !== 'development') return;
  const lines = ['', 'Parley is ready.', ''];
  if (config.playground) lines.push(`  Try it   ${url}/playground`);
  lines.push(`  API      ${url}/graphql`, `  Health   ${url}/health/ready`, '');
  lines.push(...introduce(await demoPeople(app.get(DataSource), config)));
  process.stdout.write(`${lines.join('\n')}\n`);
}

const config = configuration();
try {
  const node = await startNode(config);
  stopOnSignal(node, config);
  if (config.environment === 'development') await seedDemoWorkspace(node.app);
  await announce(node, config);
} catch (error) {
  fail(explain(error, config), 1);
}
