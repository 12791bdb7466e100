import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The line between a node and its database, for tests that cut it. */
export class Cable {
  private readonly ends = new Set<Socket>();
  private readonly server = createServer((near) => this.join(near));
  private port = 0;
  private isDeaf = false;

  private constructor(private readonly target: URL) {}

  /** @param databaseUrl where the far end is */
  static async to(databaseUrl: string): Promise<Cable> {
    const cable = new Cable(new URL(databaseUrl));
    await cable.mend();
    return cable;
  }

  /** What the node is given instead. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Every connection breaks, and no new one is accepted. */
  async cut(): Promise<void> {
    this.server.close();
    for (const end of this.ends) end.destroy();
    await once(this.server, 'close');
  }

  /**
   * Whatever is said is lost and nobody is told, as where a firewall forgets its connections: those that are there stay so for good, and
   * new ones are taken and not answered until it is mended.
   */
  deafen(): void {
    this.isDeaf = true;
    for (const end of this.ends) end.unpipe().resume();
  }

  /** As before, at the same address. */
  async mend(): Promise<void> {
    this.isDeaf = false;
    if (this.server.listening) return;
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  private join(near: Socket): void {
    if (this.isDeaf) {
      this.ends.add(near.resume());
      near.on('error', () => undefined).on('close', () => this.ends.delete(near));
      return;
    }
    const far = connect(Number(this.target.port || 5432), this.target.hostname);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.ends.add(end);
      end.pipe(other);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.ends.delete(end);
        other.destroy();
      });
    }
  }
}
