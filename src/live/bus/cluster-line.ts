import type { Cluster } from 'ioredis';
import { newId } from '../../common/values/ids.js';
import { openCluster, RECONNECT_MS } from '../../common/redis.js';
import { type Ear, Line } from './redis-line.js';

const CHECK_MS = 1_000;
/** For a new connection to hear everything; a cluster with a master missing is not even connected to. */
const PATIENCE_MS = 5_000;
/** Channels fall into so many hash slots, which the masters share out among them. */
const SHARDS = 64;

/** "{17}room:…": what stands in braces decides on the slot. @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags */
const inShard = (shard: number, name: string) => `{${shard}}${name}`;
const shardOf = (channel: string) => channel.slice(0, channel.indexOf('}') + 1);
const nameOf = (channel: string) => channel.slice(channel.indexOf('}') + 1);

function sharded(name: string): string {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) >>> 0;
  return inShard(hash % SHARDS, name);
}

/**
 * To a cluster, by its sharded channels: each message goes to the one master that its channel belongs to. The line is well while what the
 * node calls out in every shard comes back to it. Whatever changes in the cluster, it begins anew with what it is to hear, rather than
 * trust that all was carried over.
 */
export class ClusterLine extends Line {
  private cluster: Cluster;
  private openedAt = 0;
  private isClosed = false;
  private renewal: NodeJS.Timeout | undefined;
  private readonly check: NodeJS.Timeout;
  private readonly echo = `echo:${newId()}`;
  /** Shards that have not answered yet. */
  private readonly silent = new Set<string>();

  constructor(
    private readonly urls: readonly string[],
    ear: Ear,
  ) {
    super(ear);
    for (let shard = 0; shard < SHARDS; shard++) this.channels.add(inShard(shard, this.echo));
    this.cluster = this.open();
    this.check = setInterval(() => this.callOut(), CHECK_MS).unref();
  }

  publish(name: string, text: string): void {
    this.tell(sharded(name), text);
  }

  override subscribe(name: string): Promise<void> {
    return super.subscribe(sharded(name));
  }

  override unsubscribe(name: string): void {
    super.unsubscribe(sharded(name));
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.check);
    clearTimeout(this.renewal);
    this.cluster.disconnect();
  }

  /** A command may name channels of one shard only. */
  protected async ask(channels: string[]): Promise<void> {
    const { cluster } = this;
    const shards = Map.groupBy(channels, shardOf);
    await Promise.all([...shards.values()].map((each) => cluster.ssubscribe(...each)));
    if (this.cluster !== cluster) throw new Error('The connection was given up meanwhile');
  }

  protected forget(channel: string): Promise<unknown> {
    return this.cluster.sunsubscribe(channel);
  }

  protected reconnect(): void {
    if (this.renewal || this.isClosed) return;
    this.cluster.disconnect();
    this.renewal = setTimeout(() => {
      this.renewal = undefined;
      this.cluster = this.open();
    }, RECONNECT_MS).unref();
  }

  private open(): Cluster {
    this.openedAt = Date.now();
    const cluster = openCluster(this.urls, { shardedSubscribers: true }).on('error', this.note);
    cluster.on('smessage', (channel: string, text: string) => this.hear(channel, text));
    cluster.once('ready', () => {
      this.silent.clear();
      for (const event of ['-node', '-subscriber', 'close']) cluster.on(event, () => cluster === this.cluster && this.renew());
      void this.listenAgain();
    });
    return cluster;
  }

  private hear(channel: string, text: string): void {
    const name = nameOf(channel);
    if (name === this.echo) this.silent.delete(channel);
    else this.ear.hear(name, text);
  }

  private tell(channel: string, text: string): void {
    if (this.cluster.status === 'ready') this.cluster.spublish(channel, text).catch(this.notPublished);
  }

  private callOut(): void {
    const isStuck = !this.isWell && Date.now() - this.openedAt > PATIENCE_MS;
    if (isStuck || (this.isWell && this.silent.size > 0)) return this.renew();
    if (!this.isWell) return;
    for (let shard = 0; shard < SHARDS; shard++) {
      const channel = inShard(shard, this.echo);
      this.silent.add(channel);
      this.tell(channel, '');
    }
  }
}
