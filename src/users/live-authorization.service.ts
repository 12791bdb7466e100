import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { lapsedOf } from '../auth/auth.queries.js';
import { AuthService, concerns, type Forgotten } from '../auth/auth.service.js';
import { Connections } from '../auth/connections.js';
import type { Viewer } from '../auth/context.js';
import { Bus, recoveredTopic, type Topic } from '../live/bus/bus.js';

/** Said after every commit that may end somebody's access: a deactivation, a sign-out, another platform role. */
const forgottenTopic: Topic<Forgotten> = { name: 'forgotten' };

/** Together with one statement less than the second within which a loss of access is felt. */
const SWEEP_MS = 750;
/** So often the sweep asks for every token that is remembered, should Redis be well and have lost a word all the same. */
const THOROUGH_MS = 5_000;
/** For the database to say who of those that were named has lost something; then they all have. */
const PATIENCE_MS = 750;

/**
 * Takes back what a token once gave, on every node: the word of the others is heard at once, and judged by the database, so that who
 * has lost nothing keeps their sockets; where the database cannot be asked in time, who was named loses them and comes again. What no
 * word tells is found by one statement that asks for everybody who is connected; it asks for every token that this node remembers, too,
 * every few seconds, and each time while the others may not be heard.
 */
@Injectable()
export class LiveAuthorization implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('LiveAuthorization');
  private timer: NodeJS.Timeout | undefined;
  private isSweeping = false;
  private thoroughAt = 0;

  constructor(
    private readonly database: DataSource,
    private readonly bus: Bus,
    private readonly auth: AuthService,
    private readonly connections: Connections,
  ) {}

  async onModuleInit(): Promise<void> {
    this.auth.onForgotten((who) => this.bus.publish(forgottenTopic, who));
    await this.bus.subscribe(forgottenTopic, (who) => this.hear(who));
    await this.bus.subscribe(recoveredTopic, () => void this.sweep(true));
    this.timer = setInterval(() => void this.sweep(!this.bus.isHealthy || this.isThoroughDue()), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private hear(who: Forgotten): void {
    this.auth.drop((viewer) => concerns(who, viewer));
    void this.judgeNamed(this.connections.viewers().filter((viewer) => concerns(who, viewer)));
  }

  private async judgeNamed(viewers: Viewer[]): Promise<void> {
    const unanswered = wait(PATIENCE_MS, false, { ref: false });
    if (!(await Promise.race([this.judge(viewers), unanswered]))) this.end(new Set(viewers));
  }

  private isThoroughDue(): boolean {
    return !this.bus.isAlone && performance.now() - this.thoroughAt >= THOROUGH_MS;
  }

  /** @param isThorough also what requests without a socket are answered from */
  private async sweep(isThorough: boolean): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    if (isThorough) this.thoroughAt = performance.now();
    await this.judge(isThorough ? [...this.connections.viewers(), ...this.auth.remembered()] : this.connections.viewers());
    this.isSweeping = false;
  }

  /** False when the database did not say; the next sweep asks again. */
  private async judge(viewers: Viewer[]): Promise<boolean> {
    if (viewers.length === 0) return true;
    try {
      this.end(new Set(await lapsedOf(this.database, viewers)));
      return true;
    } catch (error) {
      this.log.warn(`Who still has access could not be asked: ${String(error)}`);
      return false;
    }
  }

  private end(lapsed: ReadonlySet<Viewer>): void {
    if (lapsed.size === 0) return;
    this.auth.drop((viewer) => lapsed.has(viewer));
    this.connections.endOf(lapsed, 'Your access has ended or changed');
  }
}
