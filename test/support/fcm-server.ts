import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { jwtVerify } from 'jose';
import { close, listen, urlOf } from './loopback.js';

const MAX_BYTES = 4_096;
const sizeOf = ({ data, apns }: FcmMessage): number => Buffer.byteLength(JSON.stringify([data, apns.payload]));

/** What Firebase is asked to bring to a device. */
export interface FcmMessage {
  token: string;
  data: Record<string, string>;
  android: Record<string, unknown>;
  apns: { headers: Record<string, string>; payload: { aps: Record<string, unknown> } };
}

/** A status, or that of a token which is none any more. */
type FcmReply = number | 'UNREGISTERED';

/** Firebase Cloud Messaging on loopback: gives tokens for signed assertions, and takes messages from who has one. */
export class FcmServer {
  readonly messages: FcmMessage[] = [];
  /** How many tokens it gave. */
  granted = 0;
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private token = '';
  private waiting: (() => void)[] = [];
  private reply: (message: FcmMessage) => FcmReply | Promise<FcmReply> = () => 200;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      this.answer(request, response).catch(() => response.writeHead(400).end());
    });
  }

  static async start(): Promise<FcmServer> {
    return new FcmServer(await listen(createServer()));
  }

  get url(): string {
    return urlOf(this.server);
  }

  get settings(): Record<string, string> {
    const account = {
      ...{ project_id: 'corner', client_email: 'push@corner.example', token_uri: `${this.url}/token` },
      private_key: this.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    };
    return { FCM_SERVICE_ACCOUNT: JSON.stringify(account), FCM_API_URL: this.url };
  }

  /** With which status. */
  answers(reply: (message: FcmMessage) => FcmReply | Promise<FcmReply>): void {
    this.reply = reply;
  }

  /** The tokens it gave are good for nothing any more. */
  revoke(): void {
    this.token = '';
  }

  async count(count: number): Promise<FcmMessage[]> {
    while (this.messages.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.messages;
  }

  stop(): Promise<void> {
    return close(this.server);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const say = (status: number, what: object = {}) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(what));
    if (request.url === '/token') {
      await jwtVerify(new URLSearchParams(body).get('assertion') ?? '', createPublicKey(this.keys.privateKey), {
        ...{ issuer: 'push@corner.example', audience: `${this.url}/token`, algorithms: ['RS256'] },
      });
      this.granted++;
      this.token = randomBytes(16).toString('hex');
      return void say(200, { access_token: this.token, expires_in: 3_600, token_type: 'Bearer' });
    }
    if (request.url !== '/v1/projects/corner/messages:send') return void say(404);
    if (!this.token || request.headers.authorization !== `Bearer ${this.token}`) return void say(401);
    const { message } = JSON.parse(body) as { message: FcmMessage };
    const reply = sizeOf(message) > MAX_BYTES ? 400 : await this.reply(message);
    const status = reply === 'UNREGISTERED' ? 404 : reply;
    if (status === 200) this.messages.push(message);
    for (const wake of this.waiting.splice(0)) wake();
    say(status, reply === 'UNREGISTERED' ? { error: { status: 'NOT_FOUND', details: [{ errorCode: reply }] } } : {});
  }
}
