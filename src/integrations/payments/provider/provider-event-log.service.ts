import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { Jobs } from '../../../jobs/jobs.service.js';
import { forgetProviderEvents } from '../payment/payments.queries.js';

const HOUR_MS = 60 * 60_000;
/** Much longer than a provider tries again, and how much goes in one statement. */
const KEEP_MS = 30 * 24 * HOUR_MS;
const PASS = 5_000;

/** Lets go of what providers told and was merged, or changed nothing, long ago: payments and their steps keep what came of it. */
@Injectable()
export class ProviderEventLog {
  constructor(dataSource: DataSource, clock: Clock, jobs: Jobs) {
    jobs.repeat('payments.forget', HOUR_MS, async () => {
      const before = new Date(clock.now().getTime() - KEEP_MS);
      while ((await forgetProviderEvents(dataSource, before, PASS)) > 0);
    });
  }
}
