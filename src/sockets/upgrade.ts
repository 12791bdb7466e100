import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Config } from '../config/config.js';
import { GRAPHQL_PATH } from '../graphql/documents/documents.js';

/** Browsers always say which page asks; other clients have no page. A page of our own server comes from the host that it asks. */
function isAllowedOrigin({ origin, host }: IncomingMessage['headers'], allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Why a connection may not become a socket, as a status line; null when it may. */
export function refusalOf({ url, headers }: IncomingMessage, { allowedOrigins }: Pick<Config, 'allowedOrigins'>): string | null {
  if (url?.split('?', 1)[0] !== GRAPHQL_PATH) return '404 Not Found';
  return isAllowedOrigin(headers, allowedOrigins) ? null : '403 Forbidden';
}

/** Answers and hangs up: a connection that asked for an upgrade has nobody else to do so. */
export function refuse(wire: Duplex, status: string): void {
  wire.once('error', () => wire.destroy());
  wire.once('finish', () => wire.destroy());
  wire.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** As Fastify tells it of HTTP requests: behind a proxy that we trust it is the first that the proxies name. */
export function addressOf({ headers, socket }: IncomingMessage, { trustProxy }: Pick<Config, 'trustProxy'>): string {
  const forwarded = trustProxy ? headers['x-forwarded-for'] : undefined;
  const [first] = String(forwarded ?? '').split(',', 1);
  return first?.trim() || (socket.remoteAddress ?? '');
}
