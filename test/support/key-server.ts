import { createServer } from 'node:http';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { close, listen, urlOf } from './loopback.js';

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
  });
  await listen(server);

  return {
    url: `${urlOf(server)}/jwks.json`,
    publish: (next) => void (keys = next),
    fail: () => void (keys = null),
    requests: () => requests,
    close: () => close(server),
  };
}
