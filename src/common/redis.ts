import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

/** Where Redis is: one server, or some nodes of a cluster, which name the others. */
export interface RedisAddress {
  urls: readonly string[];
  isCluster: boolean;
}

/** Longer than any answer of a Redis that is well; past it nobody waits. */
const PATIENCE_MS = 1_000;
export const RECONNECT_MS = 500;
/** A publication or a count that meets a change of the cluster follows it so often, and is then lost. */
const MAX_REDIRECTIONS = 3;

const OPTIONS = {
  connectTimeout: PATIENCE_MS,
  // Where the connection is gone already, ioredis waits for its end so long, and keeps the process up.
  disconnectTimeout: 100,
  commandTimeout: PATIENCE_MS,
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
} satisfies RedisOptions;

/** A connection that nobody has to wait for: without Redis commands fail at once, and it comes back by itself. */
export function openRedis(url: string, options: RedisOptions = {}): Redis {
  return new Redis(url, { ...OPTIONS, enableOfflineQueue: false, retryStrategy: () => RECONNECT_MS, ...options });
}

/** The same to a cluster. All nodes take the name and the password of the first address. */
export function openCluster(urls: readonly string[], { redisOptions, ...options }: ClusterOptions = {}): Cluster {
  const { protocol, username, password } = new URL(urls[0] ?? '');
  return new Cluster(
    urls.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port || 6379) })),
    {
      enableOfflineQueue: false,
      maxRedirections: MAX_REDIRECTIONS,
      slotsRefreshInterval: 2 * PATIENCE_MS,
      clusterRetryStrategy: () => RECONNECT_MS,
      redisOptions: {
        ...OPTIONS,
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...(protocol === 'rediss:' && { tls: {} }),
        ...redisOptions,
      },
      ...options,
    },
  );
}
