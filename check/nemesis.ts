import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster, Place } from './cluster.js';
import type { History } from './history.js';
import type { Line } from './line.js';
import type { Random } from './random.js';

export const NEMESES = ['postgres', 'redis', 'nodes', 'network'] as const;
export type NemesisName = (typeof NEMESES)[number];

interface Act {
  kind: string;
  place?: Place;
  /** Redis may come and go: nobody is excused for that. */
  stalls: boolean;
  run(): Promise<void>;
}

/** Breaks one thing after the other, writes down what and when, and leaves everything whole. */
export class Nemesis {
  private isOver = false;
  private readonly done: Promise<void>[];

  /** @param pause between two of its acts, in milliseconds */
  constructor(
    private readonly cluster: Cluster,
    private readonly history: History,
    private readonly random: Random,
    names: readonly NemesisName[],
    private readonly pause: { least: number; most: number },
  ) {
    // The network has a nemesis of its own, so that two things may be broken at once.
    const groups = [names.filter((name) => name !== 'network'), names.filter((name) => name === 'network')];
    this.done = groups.filter((group) => group.length > 0).map((group) => this.rage(group));
  }

  /** Resolves when the last act is over. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.done);
  }

  private async rage(names: readonly NemesisName[]): Promise<void> {
    while (!this.isOver) {
      await wait(this.random.between(this.pause.least, this.pause.most));
      if (this.isOver) return;
      const act = this.choose(this.random.pick(names));
      const fault = { kind: act.kind, node: act.place?.node.index ?? null, stalls: act.stalls, from: Date.now(), to: Infinity };
      this.history.faults.push(fault);
      await act.run();
      fault.to = Date.now();
    }
  }

  private choose(name: NemesisName): Act {
    switch (name) {
      case 'postgres':
        return { kind: 'postgres SIGKILL', stalls: true, run: () => this.killPostgres() };
      case 'redis':
        return this.random.pick(this.redisActs());
      case 'nodes':
        return this.random.pick(this.nodeActs(this.random.pick(this.cluster.places)));
      case 'network':
        return this.breakLine(this.random.pick(this.cluster.places));
    }
  }

  private async killPostgres(): Promise<void> {
    const { postgres } = this.cluster.servers;
    postgres.kill();
    await wait(this.random.between(0, 500));
    await postgres.restart();
  }

  private redisActs(): Act[] {
    const { redis } = this.cluster.servers;
    const killed = async () => {
      await redis.kill();
      await wait(this.random.between(100, 2_000));
      await redis.start();
    };
    return [
      { kind: 'redis SIGKILL', stalls: false, run: killed },
      { kind: 'redis FLUSHALL', stalls: false, run: async () => void (await redis.command('flushall')) },
      { kind: 'redis CLIENT KILL pubsub', stalls: false, run: async () => void (await redis.command('client', 'kill', 'type', 'pubsub')) },
    ];
  }

  private nodeActs(place: Place): Act[] {
    const { node } = place;
    const restart = (signal: 'SIGTERM' | 'SIGKILL') => async () => {
      await node.end(signal);
      await node.start();
    };
    const stopped = async () => {
      node.signal('SIGSTOP');
      await wait(this.random.between(200, 2_000));
      node.signal('SIGCONT');
    };
    return [
      { kind: 'node SIGKILL', place, stalls: true, run: restart('SIGKILL') },
      { kind: 'node SIGTERM', place, stalls: true, run: restart('SIGTERM') },
      { kind: 'node SIGSTOP', place, stalls: true, run: stopped },
    ];
  }

  private breakLine(place: Place): Act {
    const where = this.random.pick(['front', 'database', 'bus'] as const);
    const line: Line = place[where];
    const how = this.random.pick(['cut', 'delayed', 'black-holed'] as const);
    const run = async () => {
      if (how === 'cut') line.cut();
      else if (how === 'delayed') line.delay(this.random.between(50, 500));
      else line.blackHole();
      await wait(this.random.between(200, 2_500));
      line.heal();
    };
    const between = { front: 'clients', database: 'PostgreSQL', bus: 'Redis' }[where];
    return { kind: `line to ${between} ${how}`, place, stalls: where !== 'bus', run };
  }
}
