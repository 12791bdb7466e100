import './production.js';
import 'reflect-metadata';
import { once } from 'node:events';
import { startServer } from './server.js';

/** Bytes of this process, without what nobody holds any more. */
async function memory(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('--expose-gc is missing');
  for (let times = 0; times < 3; times++) await gc({ execution: 'async' });
  return process.memoryUsage.rss();
}

const [{ databaseUrl }] = (await once(process, 'message')) as [{ databaseUrl: string }];
const node = await startServer(databaseUrl);
process.on('message', () => void memory().then((bytes) => process.send!(bytes)));
process.on('disconnect', () => void node.close().then(() => process.exit()));
process.send!(node.url);
