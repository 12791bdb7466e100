import { createHistogram } from 'node:perf_hooks';
import type { Figure } from './figure.js';
import { RawSocket } from './raw-socket.js';
import { UNIQUE } from './clients.js';

/** Those who listen to one room, each on a socket of their own, and one who speaks. */
export interface AudienceJob {
  url: string;
  /** One for each listener; the first speaks, too. Without tokens it is not GraphQL: whoever connects listens. */
  tokens: string[] | number;
  subscribe: string;
  /** A text that comes back to each listener with `MARK` and the same number where it says `MARK` and `UNIQUE`. */
  speak: string;
}

/** What a message is known by, followed by eight digits. */
export const MARK = 'mark-';

const DIGITS = 8;
const NS_PER_MS = 1e6;
/** So many messages are on their way at a time when there is no pace: while one is handed out, the next is written. */
const TOGETHER = 2;

export interface Round {
  seconds: number;
  /** Messages a second; without it as fast as they are heard. */
  pace?: number;
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
    for (const token of tokens) await audience.seat(token);
    audience.speaker = await RawSocket.open(job.url, (answer) => audience.check(answer));
    if (tokens[0]) await audience.speaker.init(tokens[0]);
    return audience;
  }

  /** Deliveries a second, and how long after it was spoken a message was heard. */
  async run({ seconds, pace }: Round): Promise<Figure> {
    this.deliveries = createHistogram();
    const begin = performance.now();
    const isOver = () => performance.now() >= begin + seconds * 1_000;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.fail = reject;
      const goOn = (speaks: boolean) => {
        if (!isOver()) return speaks && this.speak();
        if (this.spoken.size === 0) resolve();
      };
      this.onAllHeard = () => goOn(!pace);
      if (pace) timer = setInterval(() => goOn(true), 1_000 / pace);
      else for (let at = 0; at < TOGETHER; at++) this.speak();
    });
    clearInterval(timer);
    return {
      perSecond: (this.deliveries.count * 1_000) / (performance.now() - begin),
      p50Ms: this.deliveries.percentile(50) / NS_PER_MS,
      p99Ms: this.deliveries.percentile(99) / NS_PER_MS,
    };
  }

  private async seat(token: string | null): Promise<void> {
    const socket = await RawSocket.open(this.job.url, (message) => this.hear(message));
    if (token) {
      await socket.init(token);
      socket.send(this.job.subscribe);
    }
    this.size++;
  }

  private speak(): void {
    const number = this.count++;
    this.spoken.set(number, { at: performance.now(), missing: this.size });
    this.speaker.send(this.parts.join(String(number).padStart(DIGITS, '0')));
  }

  private hear(message: Buffer): void {
    const at = message.indexOf(MARK);
    // What is not a message, such as where others have read to.
    if (at < 0) return this.check(message);
    this.sample ||= message.toString();
    const number = Number(message.toString('latin1', at + MARK.length, at + MARK.length + DIGITS));
    const spoken = this.spoken.get(number);
    if (!spoken) return this.fail(new Error(`message ${number} was heard too often`));
    this.deliveries.record(Math.max(1, Math.round((performance.now() - spoken.at) * NS_PER_MS)));
    spoken.missing--;
    if (spoken.missing > 0) return;
    this.spoken.delete(number);
    this.onAllHeard();
  }

  private check(answer: Buffer): void {
    if (answer.includes('"errors"') || answer.includes('"type":"error"')) this.fail(new Error(answer.toString()));
  }
}
