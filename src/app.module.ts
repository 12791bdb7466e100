import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { Drain } from './drain.js';
import { HealthController } from './health.controller.js';
import { logging } from './logging.js';

/** The composition root: features in the order of the import line. */
@Module({
  imports: [logging, DatabaseModule],
  controllers: [HealthController],
  providers: [Drain],
})
export class AppModule {
  static with(config: Config): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.with(config)] };
  }
}
