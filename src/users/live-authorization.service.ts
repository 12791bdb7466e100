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

/**
 * Takes back what a token once gave, on every node: the word of the others is heard at once, and judged by the database, so that who
 * has lost nothing keeps their sockets. What no word tells is found by one statement that asks for everybody who is connected; it
 * asks for every token that this node remembers, too, while the others may not be heard.
 */
@Injectable()
export class LiveAuthorization implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('LiveAuthorization');
  private timer: NodeJS.Timeout | undefined;
  private isSweeping = false;

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
    this.timer = setInterval(() => void this.sweep(!this.bus.isHealthy), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private hear(who: Forgotten): void {
    this.auth.drop((viewer) => concerns(who, viewer));
    void this.judge(this.connections.viewers().filter((viewer) => concerns(who, viewer)));
  }

  /** @param isAlone also what requests without a socket are answered from */
  private async sweep(isAlone: boolean): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    await this.judge(isAlone ? [...this.connections.viewers(), ...this.auth.remembered()] : this.connections.viewers());
    this.isSweeping = false;
  }

  private async judge(viewers: Viewer[]): Promise<void> {
    if (viewers.length === 0) return;
    try {
      const lapsed = new Set(await lapsedOf(this.database, viewers));
      if (lapsed.size === 0) return;
      this.auth.drop((viewer) => lapsed.has(viewer));
      this.connections.endOf(lapsed, 'Your access has ended or changed');
    } catch (error) {
      // The next sweep asks again.
      this.log.warn(`Who still has access could not be asked: ${String(error)}`);
    }
  }
}
