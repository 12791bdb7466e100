import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { Jobs } from '../../../jobs/jobs.service.js';
import { forgetDeliveries } from './deliveries.queries.js';

const HOUR_MS = 60 * 60_000;
/** How long the log is kept, and how much of each endpoint's goes in one statement. */
const KEEP_MS = 30 * 24 * HOUR_MS;
const PASS = 5_000;

/** Lets go of deliveries that are over and older than the log goes back; what waits stays. */
@Injectable()
export class DeliveryLog {
  constructor(dataSource: DataSource, clock: Clock, jobs: Jobs) {
    jobs.repeat('webhooks.forget', HOUR_MS, async () => {
      const before = new Date(clock.now().getTime() - KEEP_MS);
      while ((await forgetDeliveries(dataSource, before, PASS)) > 0);
    });
  }
}
