import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { newId } from '../../common/values/ids.js';
import { openRedis } from '../../common/redis.js';

/** Who listens at the end of a line. */
export interface Ear {
  hear(channel: string, text: string): void;
  /** The line is back; what was published meanwhile is lost. */
  recovered(): void;
}

const CHECK_MS = 1_000;

/** The line of a node to Redis, which comes back by itself and then hears again what it was to hear. */
export abstract class Line {
  /** Whether all that was subscribed to is heard at this moment. */
  isWell = false;
  protected readonly channels = new Set<string>();
  protected readonly log = new Logger('Redis');

  constructor(protected readonly ear: Ear) {}

  /** Never throws and never waits: what Redis does not take is lost. */
  abstract publish(channel: string, text: string): void;
  abstract close(): void;
  protected abstract ask(channels: string[]): Promise<unknown>;
  protected abstract forget(channel: string): Promise<unknown>;
  /** Gives the connection up for a new one. */
  protected abstract reconnect(): void;

  /** Resolves when the channel is heard, or at once while the line is down. */
  async subscribe(channel: string): Promise<void> {
    this.channels.add(channel);
    if (this.isWell) await this.ask([channel]).catch(() => this.renew());
  }

  unsubscribe(channel: string): void {
    this.channels.delete(channel);
    if (this.isWell) this.forget(channel).catch(() => this.renew());
  }

  /** Once there is a connection. */
  protected async listenAgain(): Promise<void> {
    try {
      const channels = [...this.channels];
      if (channels.length > 0) await this.ask(channels);
      this.isWell = true;
      // What somebody subscribed to while the list was on its way.
      const late = [...this.channels].filter((channel) => !channels.includes(channel));
      if (late.length > 0) await this.ask(late);
      this.ear.recovered();
    } catch {
      this.renew();
    }
  }

  protected renew(): void {
    this.lose();
    this.reconnect();
  }

  protected lose(): void {
    if (this.isWell) this.log.warn('Redis is away: other nodes are heard from PostgreSQL alone');
    this.isWell = false;
  }

  protected readonly notPublished = (error: unknown): void => this.log.debug(`not published: ${String(error)}`);
  protected readonly note = (error: Error): void => this.log.debug(error.message);
}

/** So many calls that did not come back, and the line is given up. */
const MOST_UNHEARD = 2;

/**
 * To one server, by a connection that talks and one that listens. Either may be dead without a word, or end at another server than the
 * other one; so the line is well while both answer, and while what the node calls out comes back to it.
 */
export class SingleLine extends Line {
  private readonly publisher: Redis;
  private readonly subscriber: Redis;
  private readonly check: NodeJS.Timeout;
  private readonly echo = `echo:${newId()}`;
  private unheard = 0;

  constructor(url: string, ear: Ear) {
    super(ear);
    this.channels.add(this.echo);
    const begin = () => this.isConnected && void this.listenAgain();
    const connect = () =>
      openRedis(url)
        .on('error', this.note)
        .on('ready', begin)
        .on('close', () => this.lose());
    this.publisher = connect();
    this.subscriber = connect();
    this.subscriber.on('message', (channel, text) => this.hear(channel, text));
    this.check = setInterval(() => void this.checkLine(), CHECK_MS).unref();
  }

  publish(channel: string, text: string): void {
    if (this.publisher.status === 'ready') this.publisher.publish(channel, text).catch(this.notPublished);
  }

  close(): void {
    clearInterval(this.check);
    this.isWell = false;
    this.publisher.disconnect();
    this.subscriber.disconnect();
  }

  protected async ask(channels: string[]): Promise<void> {
    await this.subscriber.subscribe(...channels);
    if (!this.isConnected) throw new Error('What the node says is not heard');
  }

  protected forget(channel: string): Promise<unknown> {
    return this.subscriber.unsubscribe(channel);
  }

  protected reconnect(): void {
    this.publisher.disconnect(true);
    this.subscriber.disconnect(true);
  }

  private get isConnected(): boolean {
    return this.publisher.status === 'ready' && this.subscriber.status === 'ready';
  }

  private hear(channel: string, text: string): void {
    if (channel === this.echo) this.unheard = 0;
    else this.ear.hear(channel, text);
  }

  private async checkLine(): Promise<void> {
    const unheard = this.unheard;
    this.unheard = 0;
    if (!this.isWell) return;
    if (unheard >= MOST_UNHEARD) return this.renew();
    this.unheard = unheard + 1;
    await Promise.all([this.subscriber.ping(), this.publisher.publish(this.echo, '')]).catch(() => this.renew());
  }
}
