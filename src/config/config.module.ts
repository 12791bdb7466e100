import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CONFIG, type Config } from './config.js';

/** Gives everybody the time of day, and the settings that the process was started with. Given, not read: the tests run several nodes in one process. */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [Clock, { provide: CONFIG, useValue: config }], exports: [Clock, CONFIG] };
  }
}
