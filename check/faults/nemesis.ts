import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.js';
import type { History } from '../checks/history.js';
import type { Line } from './line.js';
import type { NodeProcess } from '../cluster/node-process.js';
import type { Random } from '../random.js';

export const NEMESES = ['postgres', 'redis', 'nodes', 'network'] as const;
export type NemesisName = (typeof NEMESES)[number];

interface Act {
  kind: string;
  /** The only one concerned; absent: all. */
  node?: number;
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
    // Each of its acts comes once before one of them comes again.
    let acts: Act[] = [];
    while (!this.isOver) {
      await wait(this.random.between(this.pause.least, this.pause.most));
      if (this.isOver) return;
      if (acts.length === 0) acts = this.random.shuffle(names.flatMap((name) => this.actsOf(name)));
      const act = acts.pop()!;
      const fault = { kind: act.kind, node: act.node ?? null, stalls: act.stalls, from: Date.now(), to: Infinity };
      this.history.faults.push(fault);
      await act.run();
      fault.to = Date.now();
    }
  }

  private actsOf(name: NemesisName): Act[] {
    switch (name) {
      case 'postgres':
        // What everything stands on comes twice.
        return Array.from({ length: 2 }, () => ({ kind: 'postgres SIGKILL', stalls: true, run: () => this.killPostgres() }));
      case 'redis':
        return this.redisActs();
      case 'nodes':
        return this.nodeActs();
      case 'network':
        return (['front', 'database', 'bus'] as const).flatMap((where) => this.lineActs(where));
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

  private nodeActs(): Act[] {
    const restart = (signal: 'SIGTERM' | 'SIGKILL') => async (node: NodeProcess) => {
      await node.end(signal);
      await node.start();
    };
    const stop = async (node: NodeProcess) => {
      node.signal('SIGSTOP');
      await wait(this.random.between(200, 2_000));
      node.signal('SIGCONT');
    };
    return Object.entries({ SIGKILL: restart('SIGKILL'), SIGTERM: restart('SIGTERM'), SIGSTOP: stop }).map(([signal, run]) => {
      const { node } = this.random.pick(this.cluster.places);
      return { kind: `node ${signal}`, node: node.index, stalls: true, run: () => run(node) };
    });
  }

  private lineActs(where: 'front' | 'database' | 'bus'): Act[] {
    const far = { front: 'clients', database: 'PostgreSQL', bus: 'Redis' }[where];
    const breaks: Record<string, (line: Line) => void> = {
      cut: (line) => line.cut(),
      delayed: (line) => line.delay(this.random.between(50, 500)),
      'black-holed': (line) => line.blackHole(),
    };
    return Object.entries(breaks).map(([how, breakIt]) => {
      const place = this.random.pick(this.cluster.places);
      const run = async () => {
        breakIt(place[where]);
        await wait(this.random.between(200, 2_500));
        place[where].heal();
      };
      return { kind: `line to ${far} ${how}`, node: place.node.index, stalls: where !== 'bus', run };
    });
  }
}
