import './production.js';
import 'reflect-metadata';
import { once } from 'node:events';
import { metrics } from '../../../src/common/telemetry/metrics.js';
import { startServer } from './server.js';

/** How a server is, as it says itself. */
export interface Look {
  /** Microseconds of processor time since it began. */
  cpuUs: number;
  rssBytes: number;
  sockets: number;
}

const [{ databaseUrl, redisUrl }] = (await once(process, 'message')) as [{ databaseUrl: string; redisUrl?: string }];
const node = await startServer(databaseUrl, redisUrl ? { REDIS_URL: redisUrl } : {});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  void metrics.sockets.get().then(({ values: [open] }) => {
    const look: Look = { cpuUs: user + system, rssBytes: process.memoryUsage.rss(), sockets: open?.value ?? 0 };
    process.send!(look);
  });
});
process.on('disconnect', () => void node.close().then(() => process.exit()));
process.send!(node.url);
