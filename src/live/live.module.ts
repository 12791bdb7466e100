import { Global, Module } from '@nestjs/common';
import { Bus, LocalBus } from './bus.js';

/** The bus of this node. Hubs and streams stand with the timeline, which gives them their log. */
@Global()
@Module({ providers: [{ provide: Bus, useClass: LocalBus }], exports: [Bus] })
export class LiveModule {}
