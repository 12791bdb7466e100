import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../check/cluster/port.js';
import { TestRedis } from './redis.js';

const SLOTS = 16_384;
const MASTERS = 3;

/** Three masters that share the slots, without replicas: while one is away, the cluster is. */
export class TestRedisCluster {
  private constructor(readonly masters: TestRedis[]) {}

  static async start(): Promise<TestRedisCluster> {
    const masters: TestRedis[] = [];
    const ports: number[] = [];
    for (let at = 0; at < MASTERS; at++) {
      const port = await freePort();
      const settings = ['--cluster-enabled', 'yes', '--cluster-port', String(port), '--cluster-node-timeout', '1000'];
      masters.push(await TestRedis.start(settings));
      ports.push(port);
    }
    const [first] = masters;
    for (const [at, master] of masters.entries()) {
      await master.command(
        'cluster',
        'addslotsrange',
        String(Math.ceil((SLOTS * at) / MASTERS)),
        String(Math.ceil((SLOTS * (at + 1)) / MASTERS) - 1),
      );
      await first!.command('cluster', 'meet', '127.0.0.1', String(master.port), String(ports[at]));
    }
    const cluster = new TestRedisCluster(masters);
    await cluster.agreed();
    return cluster;
  }

  /** For `REDIS_URL`. */
  get url(): string {
    return this.masters.map((master) => master.url).join(',');
  }

  /** Until every master knows all the others and finds the cluster complete. */
  async agreed(): Promise<void> {
    for (const master of this.masters) {
      const isComplete = async () => {
        const info = String(await master.command('cluster', 'info'));
        return info.includes('cluster_state:ok') && info.includes(`cluster_size:${MASTERS}`);
      };
      while (!(await isComplete())) await setTimeout(20);
    }
  }

  async stop(): Promise<void> {
    for (const master of this.masters) await master.stop();
  }
}
