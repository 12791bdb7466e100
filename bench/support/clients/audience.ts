import { createHistogram } from 'node:perf_hooks';
import type { Figure } from '../figure.js';
import { RawSocket } from './raw-socket.js';
import { UNIQUE } from './clients.js';

/** Those who listen to one room, each on a socket of their own, and one who speaks. */
export interface AudienceJob {
  /** Listeners sit at them in turn; who speaks sits at the first. */
  urls: string[];
  /** One for each listener; the first speaks, too. Without tokens it is not GraphQL: whoever connects listens. */
  tokens: string[] | number;
  subscribe: string;
  /** A text that comes back to each listener with `MARK` and the same number where it says `MARK` and `UNIQUE`. */
  speak: string;
  /** What is heard has a `sequence`, which each listener has to hear once and in order. */
  isNumbered?: boolean;
}

/** What a message is known by, followed by eight digits. */
export const MARK = 'mark-';

const DIGITS = 8;
/** After the end of a round, for the last to hear the last message. */
const PATIENCE_MS = 30_000;
const SEQUENCE = '"sequence":';
const NS_PER_MS = 1e6;
/** So many messages are on their way at a time when there is no pace: while one is handed out, the next is written. */
const TOGETHER = 2;

export interface Round {
  seconds: number;
  /** Messages a second; without it as fast as they are heard. */
  pace?: number;
}

interface Listener {
  /** The sequence that it has heard last. */
  last: number | null;
}

interface Spoken {
  at: number;
  missing: number;
}

export class Audience {
  /** A message as a listener heard it. */
  sample = '';
  private readonly spoken = new Map<number, Spoken>();
  private readonly parts: string[];
  private speaker: RawSocket;
  private size = 0;
  private count = 0;
  private deliveries = createHistogram();
  private onAllHeard: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  private constructor(private readonly job: AudienceJob) {
    this.parts = job.speak.split(UNIQUE);
  }

  static async gather(job: AudienceJob): Promise<Audience> {
    const audience = new Audience(job);
    const tokens = typeof job.tokens === 'number' ? Array.from({ length: job.tokens }, () => null) : job.tokens;
    for (const [at, token] of tokens.entries()) await audience.seat(token, job.urls[at % job.urls.length]!);
    audience.speaker = await RawSocket.open(job.urls[0]!, (answer) => audience.check(answer));
    if (tokens[0]) await audience.speaker.init(tokens[0]);
    return audience;
  }

  /** Deliveries a second, and how long after it was spoken a message was heard. */
  async run({ seconds, pace }: Round): Promise<Figure> {
    this.deliveries = createHistogram();
    const begin = performance.now();
    const isOver = () => performance.now() >= begin + seconds * 1_000;
    let timer: NodeJS.Timeout | undefined;
    let limit: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.fail = reject;
      limit = setTimeout(() => reject(new Error('not everybody has heard everything')), seconds * 1_000 + PATIENCE_MS);
      const goOn = (speaks: boolean) => {
        if (!isOver()) return speaks && this.speak();
        if (this.spoken.size === 0) resolve();
      };
      this.onAllHeard = () => goOn(!pace);
      if (pace) timer = setInterval(() => goOn(true), 1_000 / pace);
      else for (let at = 0; at < TOGETHER; at++) this.speak();
    });
    clearInterval(timer);
    clearTimeout(limit);
    return {
      perSecond: (this.deliveries.count * 1_000) / (performance.now() - begin),
      p50Ms: this.deliveries.percentile(50) / NS_PER_MS,
      p99Ms: this.deliveries.percentile(99) / NS_PER_MS,
    };
  }

  private async seat(token: string | null, url: string): Promise<void> {
    const listener: Listener = { last: null };
    const socket = await RawSocket.open(url, (message) => this.hear(message, listener));
    if (token) {
      await socket.init(token);
      socket.send(this.job.subscribe);
      // The first thing that a stream tells: it is there. What another node says before would not be for it.
      if (this.job.isNumbered) await socket.next();
    }
    this.size++;
  }

  private speak(): void {
    const number = this.count++;
    this.spoken.set(number, { at: performance.now(), missing: this.size });
    this.speaker.send(this.parts.join(String(number).padStart(DIGITS, '0')));
  }

  private hear(message: Buffer, listener: Listener): void {
    const at = message.indexOf(MARK);
    // What is not a message, such as where others have read to.
    if (at < 0) return this.check(message);
    this.sample ||= message.toString();
    if (this.job.isNumbered) this.checkNumber(message, listener);
    const number = Number(message.toString('latin1', at + MARK.length, at + MARK.length + DIGITS));
    const spoken = this.spoken.get(number);
    if (!spoken) return this.fail(new Error(`message ${number} was heard too often`));
    this.deliveries.record(Math.max(1, Math.round((performance.now() - spoken.at) * NS_PER_MS)));
    spoken.missing--;
    if (spoken.missing > 0) return;
    this.spoken.delete(number);
    this.onAllHeard();
  }

  private checkNumber(message: Buffer, listener: Listener): void {
    const at = message.indexOf(SEQUENCE) + SEQUENCE.length;
    const sequence = parseInt(message.toString('latin1', at, at + DIGITS), 10);
    if (listener.last !== null && sequence !== listener.last + 1) this.fail(new Error(`${sequence} was heard after ${listener.last}`));
    listener.last = sequence;
  }

  private check(answer: Buffer): void {
    if (answer.includes('"errors"') || answer.includes('"type":"error"')) this.fail(new Error(answer.toString()));
  }
}
