import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createPublicKey, type KeyObject } from 'node:crypto';

export interface KeyServer {
  url: string;
  /** What it will serve from now on. */
  publish(keys: Record<string, KeyObject>): void;
  /** From now on it answers 503. */
  fail(): void;
  requests(): number;
  close(): Promise<void>;
}

/** An identity provider's JWKS on loopback. */
export async function startKeyServer(initial: Record<string, KeyObject>): Promise<KeyServer> {
  let keys: Record<string, KeyObject> | null = initial;
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    if (!keys) return void response.writeHead(503).end();
    const jwks = Object.entries(keys).map(([kid, key]) => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid, use: 'sig' }));
    response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(JSON.stringify({ keys: jwks }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    publish: (next) => void (keys = next),
    fail: () => void (keys = null),
    requests: () => requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
