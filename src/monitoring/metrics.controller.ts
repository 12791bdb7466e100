import { timingSafeEqual } from 'node:crypto';
import { Controller, ForbiddenException, Get, Headers, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { DataSource } from 'typeorm';
import { type Config, CONFIG } from '../config/config.js';
import { Bus } from '../live/bus/bus.js';

const connections = new Gauge({
  name: 'parley_pool_connections',
  help: 'Connections to PostgreSQL, by state',
  labelNames: ['state'] as const,
});
const healthy = new Gauge({ name: 'parley_bus_healthy', help: '1 while this node hears the others at once; always 1 for a node alone' });
collectDefaultMetrics();

/** For Prometheus. In production it wants the bearer token METRICS_TOKEN; without that setting it is not there. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly database: DataSource,
    private readonly bus: Bus,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  read(@Headers('authorization') authorization = '', @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (!this.isAllowed(authorization)) throw new ForbiddenException();
    const pool = (this.database.driver as unknown as { master: Pool }).master;
    connections.set({ state: 'idle' }, pool.idleCount);
    connections.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
    connections.set({ state: 'waited_for' }, pool.waitingCount);
    healthy.set(this.bus.isHealthy ? 1 : 0);
    // Not by a decorator, which would claim it for a refusal, too.
    void reply.header('content-type', register.contentType).header('cache-control', 'no-store');
    return register.metrics();
  }

  private isAllowed(authorization: string): boolean {
    const { metricsToken, isProduction } = this.config;
    if (metricsToken === null) return !isProduction;
    const expected = Buffer.from(`Bearer ${metricsToken}`);
    const given = Buffer.from(authorization);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
