import { Global, Module } from '@nestjs/common';
import { type Config, CONFIG } from '../config/config.js';
import { Bus, LocalBus } from './bus/bus.js';
import { RedisBus } from './bus/redis-bus.js';

/** The bus of this node. Hubs and streams stand with the timeline, which gives them their log. */
@Global()
@Module({
  providers: [{ provide: Bus, inject: [CONFIG], useFactory: ({ redis }: Config): Bus => (redis ? new RedisBus(redis) : new LocalBus()) }],
  exports: [Bus],
})
export class LiveModule {}
