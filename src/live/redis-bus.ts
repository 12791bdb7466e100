import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { newId } from '../common/ids.js';
import { Bus, LocalBus, recoveredTopic, type Topic, type Unsubscribe } from './bus.js';

/** Longer than any answer of a Redis that is well; past it nobody waits. */
const PATIENCE_MS = 1_000;
const CHECK_MS = 1_000;
const RECONNECT_MS = 500;

const OPTIONS: RedisOptions = {
  connectTimeout: PATIENCE_MS,
  commandTimeout: PATIENCE_MS,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResubscribe: false,
  retryStrategy: () => RECONNECT_MS,
};

/**
 * The bus of many nodes. Listeners on this node hear at once and without Redis; the others hear over it. Nobody ever waits for a
 * Redis that is away, and when the line is back the node says so to itself (`recoveredTopic`), because what was published meanwhile is
 * lost. Plain ioredis: all that is needed is to publish, and to subscribe again after a break before that is said.
 */
export class RedisBus extends Bus implements OnModuleDestroy {
  readonly isAlone = false;
  private readonly log = new Logger('RedisBus');
  private readonly node = newId();
  private readonly local = new LocalBus();
  private readonly publisher: Redis;
  private readonly subscriber: Redis;
  /** Topics with a listener on this node, and how many. */
  private readonly topics = new Map<string, { topic: Topic<unknown>; listeners: number }>();
  private readonly check: NodeJS.Timeout;
  private isListening = false;

  constructor(url: string) {
    super();
    this.publisher = new Redis(url, OPTIONS);
    this.subscriber = new Redis(url, OPTIONS);
    this.publisher.on('error', (error) => this.log.debug(`publisher: ${error.message}`));
    this.subscriber.on('error', (error) => this.log.debug(`subscriber: ${error.message}`));
    this.subscriber.on('ready', () => void this.listenAgain());
    this.subscriber.on('close', () => this.lose());
    this.subscriber.on('message', (channel, text) => this.hear(channel, text));
    this.check = setInterval(() => void this.checkLine(), CHECK_MS).unref();
  }

  get isHealthy(): boolean {
    return this.isListening;
  }

  publish<Payload>(topic: Topic<Payload>, payload: Payload): void {
    this.local.publish(topic, payload);
    if (this.publisher.status !== 'ready') return;
    this.publisher.publish(topic.name, JSON.stringify({ from: this.node, payload })).catch((error: unknown) => {
      this.log.debug(`not published: ${String(error)}`);
    });
  }

  async subscribe<Payload>(topic: Topic<Payload>, listener: (payload: Payload) => void): Promise<Unsubscribe> {
    const unsubscribe = await this.local.subscribe(topic, listener);
    const known = this.topics.get(topic.name);
    if (known) known.listeners++;
    else this.topics.set(topic.name, { topic, listeners: 1 });
    // Not only for the first: it may still be on its way.
    if (this.isListening) await this.subscriber.subscribe(topic.name).catch(() => this.reconnect());
    return () => {
      unsubscribe();
      const left = this.topics.get(topic.name);
      if (!left || --left.listeners > 0) return;
      this.topics.delete(topic.name);
      if (this.isListening) this.subscriber.unsubscribe(topic.name).catch(() => this.reconnect());
    };
  }

  onModuleDestroy(): void {
    clearInterval(this.check);
    this.publisher.disconnect();
    this.subscriber.disconnect();
  }

  private hear(channel: string, text: string): void {
    const topic = this.topics.get(channel)?.topic;
    if (!topic) return;
    try {
      const { from, payload } = JSON.parse(text) as { from: string; payload: unknown };
      if (from !== this.node) this.local.publish(topic, topic.revive ? topic.revive(payload) : payload);
    } catch (error) {
      this.log.warn(`not understood: ${String(error)}`);
    }
  }

  private async listenAgain(): Promise<void> {
    try {
      const names = [...this.topics.keys()];
      if (names.length > 0) await this.subscriber.subscribe(...names);
      this.isListening = true;
      // What somebody subscribed to while the list was on its way.
      const late = [...this.topics.keys()].filter((name) => !names.includes(name));
      if (late.length > 0) await this.subscriber.subscribe(...late);
      this.local.publish(recoveredTopic, null);
    } catch {
      this.reconnect();
    }
  }

  private lose(): void {
    if (this.isListening) this.log.warn('Redis is away: other nodes are heard from PostgreSQL alone');
    this.isListening = false;
  }

  /** A line may be dead without a word. */
  private async checkLine(): Promise<void> {
    if (!this.isListening) return;
    await this.subscriber.ping().catch(() => this.reconnect());
  }

  private reconnect(): void {
    this.lose();
    this.subscriber.disconnect(true);
  }
}
