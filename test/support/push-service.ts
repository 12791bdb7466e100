import { createECDH, createPublicKey, randomBytes, type ECDH } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import ece from 'http_ece';
import { jwtVerify } from 'jose';
import webPush from 'web-push';
import { close, listen, urlOf } from './loopback.js';

/** @see RFC 8030, 7.2 */
const MAX_BYTES = 4_096;

/** The settings of an application server of its own. */
export function newVapid() {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  return { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: 'mailto:push@example.com' };
}

/** What a browser got, decrypted with its own key. */
export interface Arrived {
  headers: Record<string, string>;
  message: Record<string, unknown>;
}

/** A browser: the keys that only it has, and what came for it. */
export class Browser {
  readonly arrived: Arrived[] = [];
  private readonly keys: ECDH = createECDH('prime256v1');
  private readonly secret = randomBytes(16);
  private waiting: (() => void)[] = [];

  constructor(
    readonly endpoint: string,
    private readonly serverKey: string,
  ) {
    this.keys.generateKeys();
  }

  /** As `PushSubscription.toJSON()` gives it. */
  get subscription() {
    const { endpoint } = this;
    return {
      endpoint,
      expirationTime: null,
      keys: { p256dh: this.keys.getPublicKey('base64url'), auth: this.secret.toString('base64url') },
    };
  }

  /** When so many have come. */
  async count(count: number): Promise<Arrived[]> {
    while (this.arrived.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.arrived;
  }

  async take(headers: Record<string, string>, body: Buffer): Promise<void> {
    await this.verify(headers['authorization'] ?? '');
    const text = ece.decrypt(body, { version: 'aes128gcm', privateKey: this.keys, authSecret: this.secret.toString('base64url') });
    this.arrived.push({ headers, message: JSON.parse(text.toString()) as Record<string, unknown> });
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** The application server that the browser has subscribed to, and no other. @see RFC 8292 */
  private async verify(authorization: string): Promise<void> {
    const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization) ?? [];
    if (!token || key !== this.serverKey) throw new Error('another application server');
    const point = Buffer.from(key, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url')) as [string, string];
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    await jwtVerify(token, publicKey, { audience: new URL(this.endpoint).origin, algorithms: ['ES256'] });
  }
}

/** A push service on loopback, which speaks RFC 8030 and checks what browsers and push services check. */
export class PushService {
  /** Every request, also those that were refused. */
  attempts = 0;
  private readonly browsers = new Map<string, Browser>();
  private reply: (browser: Browser) => number | Promise<number> = () => 201;
  readonly keys = newVapid();

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(): Promise<PushService> {
    return new PushService(await listen(createServer()));
  }

  /** For a node that pushes here. */
  get settings(): Record<string, string> {
    return { ...this.keys, WEBHOOK_ALLOW_PRIVATE: 'true', PUSH_AFTER_SECONDS: '0' };
  }

  browser(): Browser {
    const path = `/push/${randomBytes(8).toString('hex')}`;
    const browser = new Browser(`${urlOf(this.server)}${path}`, this.keys.VAPID_PUBLIC_KEY);
    this.browsers.set(path, browser);
    return browser;
  }

  /** With which status; what is not below 300 does not reach the browser. */
  answers(reply: (browser: Browser) => number | Promise<number>): void {
    this.reply = reply;
  }

  stop(): Promise<void> {
    return close(this.server);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.attempts++;
    const body = await buffer(request);
    const browser = this.browsers.get(request.url ?? '');
    let status = browser ? await this.reply(browser) : 404;
    if (body.length > MAX_BYTES) status = 413;
    if (browser && status < 300) {
      await browser.take(request.headers as Record<string, string>, body).catch(() => {
        status = 400;
      });
    }
    response.writeHead(status).end();
  }
}
