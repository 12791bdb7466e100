import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { metrics } from '../common/telemetry/metrics.js';
import { driftInSample } from '../rooms/room/unread.queries.js';

const EVERY_MS = 60_000;

/** Once a minute counts the unread messages of some participants anew, from nothing but the log, and says how many of the counts were wrong. */
@Injectable()
export class UnreadCheck implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('UnreadCheck');
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: DataSource) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.check().catch((error: unknown) => this.log.warn(`The unread counts could not be checked: ${String(error)}`));
    }, EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async check(): Promise<void> {
    const { checked, wrong } = await driftInSample(this.database);
    metrics.unreadChecked.inc(checked);
    metrics.unreadDrift.set(wrong);
    if (wrong > 0) this.log.error({ checked, wrong }, 'Unread counts are wrong');
  }
}
