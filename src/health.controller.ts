import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Drain } from './drain.js';

/** For whoever runs nodes: is the process alive, and should it be sent requests? */
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: DataSource,
    private readonly drain: Drain,
  ) {}

  @Get('live')
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready() {
    if (this.drain.isDraining) throw new ServiceUnavailableException({ status: 'draining' });
    try {
      await this.database.query('select 1');
    } catch {
      throw new ServiceUnavailableException({ status: 'the database does not answer' });
    }
    return { status: 'ok' };
  }
}
