import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Agent, type Dispatcher, request } from 'undici';
import { badInput } from '../../../common/errors/errors.js';
import { type Config, CONFIG } from '../../../config/config.js';
import { ForbiddenAddress, isPrivateLiteral, pinnedLookup, publicAddresses } from './addresses.js';
import type { Answer } from './retry-plan.js';

const CONNECT_MS = 5_000;

export interface Patience {
  timeoutMs: number;
  /** Of the answer; what comes after them is not read. */
  maxBytes: number;
}

export interface Posted {
  url: string;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** Fit for a column of the log. */
const printable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

async function beginningOf(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Leaving the loop lets go of the connection.
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } catch {
    // The status has come, and it is what counts.
  }
  return printable(Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'));
}

function inWords(error: unknown, { timeoutMs }: Patience): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const code = 'code' in error ? `${String(error.code)} ` : '';
  return printable(`${code}${error.message}`.trim());
}

/** The only way out to addresses that people have entered. Redirects are not followed, and nothing is believed of the answer. */
@Injectable()
export class Outbound implements OnModuleDestroy {
  private readonly agent: Agent;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    const lookup = config.webhookAllowPrivate ? {} : { lookup: pinnedLookup };
    this.agent = new Agent({ connect: { timeout: CONNECT_MS, ...lookup } });
  }

  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }

  /** An address that may be called, as far as this can be told today. @throws BAD_USER_INPUT */
  async check(address: string, field: string): Promise<void> {
    const url = URL.parse(address);
    if (!url) throw badInput(field, `${field} is not an address`);
    const protocols = this.config.webhookAllowPrivate ? ['https:', 'http:'] : ['https:'];
    if (!protocols.includes(url.protocol)) throw badInput(field, `${field} must start with ${protocols.join(' or ')}//`);
    if (url.username || url.password || url.hash) throw badInput(field, `${field} must not carry a user, a password or a fragment`);
    if (this.config.webhookAllowPrivate) return;
    try {
      await publicAddresses(url.hostname);
    } catch (error) {
      // A name that nobody knows yet may be known when it is needed, and is looked at again each time.
      if (error instanceof ForbiddenAddress) throw badInput(field, `${field} must be a public address`);
    }
  }

  /** One attempt. Never throws: what goes wrong is an answer without a code. */
  async post({ url, headers, body }: Posted, patience: Patience, stop?: AbortSignal): Promise<Answer> {
    const began = performance.now();
    const ms = () => Math.round(performance.now() - began);
    const signal = AbortSignal.any([AbortSignal.timeout(patience.timeoutMs), ...(stop ? [stop] : [])]);
    try {
      // What is an address already is never looked up.
      if (!this.config.webhookAllowPrivate && isPrivateLiteral(new URL(url).hostname)) throw new ForbiddenAddress();
      const response = await request(url, { method: 'POST', headers, body, signal, dispatcher: this.agent });
      const retryAfter = response.headers['retry-after'];
      const text = await beginningOf(response.body, patience.maxBytes);
      return { code: response.statusCode, ms: ms(), text, retryAfter: typeof retryAfter === 'string' ? retryAfter : null };
    } catch (error) {
      return { code: null, ms: ms(), text: inWords(error, patience), retryAfter: null };
    }
  }
}
