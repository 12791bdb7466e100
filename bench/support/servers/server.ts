import { readConfig } from '../../../src/config/config.js';
import { type Node, startNode } from '../../../src/node.js';
import { SECRET } from '../seed.js';

/** Parley as in production, in this process; with settings of its own, where it has some. */
export const startServer = (databaseUrl: string, settings: NodeJS.ProcessEnv = {}): Promise<Node> =>
  startNode(
    readConfig({
      NODE_ENV: 'production',
      PORT: '0',
      LOG_LEVEL: 'error',
      RATE_LIMIT_FACTOR: '0',
      JWT_SECRET: SECRET,
      DATABASE_URL: databaseUrl,
      ...settings,
    }),
  );
