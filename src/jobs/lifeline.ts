import type pg from 'pg';

const LOOK_MS = 5_000;
/** A pool that has just begun may not hold its lock yet. */
const GRACE_S = 10;

const HOLD = 'select pg_advisory_lock(hashtextextended($1, 15))';
const FREE = `
select graphile_worker.force_unlock_workers(array_agg(pool)) from (
  select distinct locked_by as pool from graphile_worker.jobs where locked_at < now() - make_interval(secs => ${GRACE_S})
) held where pg_try_advisory_xact_lock(hashtextextended(pool, 15))`;

/**
 * A node that is killed leaves the jobs that it was at locked, and graphile-worker lets nobody else have them for four hours. So a node
 * holds a lock of the database as long as it lives, and every other one frees the jobs of whoever does not.
 */
export class Lifeline {
  private readonly timer: NodeJS.Timeout;
  private holder: pg.PoolClient | null = null;
  private isCut = false;
  private isLooking = false;

  constructor(
    private readonly pool: pg.Pool,
    /** As which graphile-worker locks jobs for this node. */
    private readonly name: string,
    private readonly tell: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
    void this.look();
  }

  cut(): void {
    if (this.isCut) return;
    this.isCut = true;
    clearInterval(this.timer);
    this.holder?.release(true);
    this.holder = null;
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    await this.tried(async () => (this.holder ??= await this.hold()));
    await this.tried(() => this.pool.query(FREE));
    this.isLooking = false;
  }

  private async tried(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.isCut) this.tell(error);
    }
  }

  private async hold(): Promise<pg.PoolClient> {
    const client = await this.pool.connect();
    client.once('error', () => {
      if (this.holder !== client) return;
      this.holder = null;
      client.release(true);
    });
    try {
      await client.query(HOLD, [this.name]);
    } catch (error) {
      // Somebody has it still: a connection of our own, of which the server has not heard yet that it is dead.
      client.release(true);
      throw error;
    }
    if (!this.isCut) return client;
    client.release(true);
    throw new Error('cut meanwhile');
  }
}
