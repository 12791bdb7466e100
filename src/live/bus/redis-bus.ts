import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '../../common/values/ids.js';
import type { RedisAddress } from '../../common/redis.js';
import { Bus, LocalBus, recoveredTopic, type Topic, type Unsubscribe } from './bus.js';
import { ClusterLine } from './cluster-line.js';
import { type Ear, type Line, SingleLine } from './redis-line.js';

/**
 * The bus of many nodes. Listeners on this node hear at once and without Redis; the others hear over it. Nobody ever waits for a
 * Redis that is away, and when the line is back the node says so, to itself and to the others (`recoveredTopic`), because what was published meanwhile
 * is lost. Plain ioredis: all that is needed is to publish, and to subscribe again after a break before that is said.
 */
export class RedisBus extends Bus implements OnModuleDestroy {
  readonly isAlone = false;
  private readonly log = new Logger('RedisBus');
  private readonly node = newId();
  private readonly local = new LocalBus();
  private readonly line: Line;
  /** Topics with a listener on this node, and how many. */
  private readonly topics = new Map<string, { topic: Topic<unknown>; listeners: number }>();

  constructor({ urls, isCluster }: RedisAddress) {
    super();
    const ear: Ear = {
      hear: (channel, text) => this.hear(channel, text),
      // What this node said meanwhile is lost to the others.
      recovered: () => this.publish(recoveredTopic, null),
    };
    this.line = isCluster ? new ClusterLine(urls, ear) : new SingleLine(urls[0] ?? '', ear);
  }

  get isHealthy(): boolean {
    return this.line.isWell;
  }

  publish<Payload>(topic: Topic<Payload>, payload: Payload): void {
    this.local.publish(topic, payload);
    this.line.publish(topic.name, JSON.stringify({ from: this.node, payload }));
  }

  async subscribe<Payload>(topic: Topic<Payload>, listener: (payload: Payload) => void): Promise<Unsubscribe> {
    const unsubscribe = await this.local.subscribe(topic, listener);
    const known = this.topics.get(topic.name);
    if (known) known.listeners++;
    else this.topics.set(topic.name, { topic, listeners: 1 });
    // Not only for the first: it may still be on its way.
    await this.line.subscribe(topic.name);
    return () => {
      unsubscribe();
      const left = this.topics.get(topic.name);
      if (!left || --left.listeners > 0) return;
      this.topics.delete(topic.name);
      this.line.unsubscribe(topic.name);
    };
  }

  onModuleDestroy(): void {
    this.line.close();
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
}
