import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

interface State {
  delayMs: number;
  /** Nothing passes, and nobody is told. */
  isHeld: boolean;
}

/** One direction of one connection. Bytes keep their order whatever happens to the line. */
class Pump {
  private readonly waiting: { chunk: Buffer; due: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly line: State,
  ) {
    this.from.on('data', (chunk: Buffer) => {
      this.waiting.push({ chunk, due: performance.now() + this.line.delayMs });
      this.flush();
    });
    // 'close' follows.
    this.from.on('error', () => undefined);
    this.from.on('close', () => {
      this.isOver = true;
      this.flush();
    });
  }

  flush(): void {
    for (let next = this.waiting[0]; next && !this.line.isHeld; next = this.waiting[0]) {
      const wait = next.due - performance.now();
      if (wait > 0) {
        this.timer ??= setTimeout(() => {
          this.timer = undefined;
          this.flush();
        }, wait);
        return;
      }
      this.waiting.shift();
      this.to.write(next.chunk);
    }
    if (this.isOver && !this.line.isHeld) this.to.end();
  }
}

/** A TCP proxy between two parts of the system, for a nemesis to cut, delay and black-hole. */
export class Line {
  private readonly state: State = { delayMs: 0, isHeld: false };
  private readonly ends = new Set<Socket>();
  private readonly pumps = new Set<Pump>();
  private readonly server = createServer((near) => this.join(near));
  private isCut = false;

  private constructor(private readonly target: () => number) {}

  /** @param target the port at the far end, asked for each connection: what is there may come back at another one */
  static async to(target: () => number): Promise<Line> {
    const line = new Line(target);
    line.server.listen(0, '127.0.0.1');
    await once(line.server, 'listening');
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Every connection breaks, and new ones do at once. */
  cut(): void {
    this.isCut = true;
    for (const end of this.ends) end.destroy();
  }

  delay(ms: number): void {
    this.state.delayMs = ms;
  }

  blackHole(): void {
    this.state.isHeld = true;
  }

  /** What was held back arrives now. */
  heal(): void {
    Object.assign(this.state, { delayMs: 0, isHeld: false });
    this.isCut = false;
    for (const pump of this.pumps) pump.flush();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: Socket): void {
    if (this.isCut) return void near.destroy();
    const far = connect(this.target(), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const pump = new Pump(from, to, this.state);
      from.setNoDelay();
      this.ends.add(from);
      this.pumps.add(pump);
      from.on('close', () => {
        this.ends.delete(from);
        if (to.closed) this.pumps.delete(pump);
      });
    }
  }
}
