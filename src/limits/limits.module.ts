import { Global, Module } from '@nestjs/common';
import { Limiters } from './limiters.service.js';

/** How often somebody may do something. */
@Global()
@Module({ providers: [Limiters], exports: [Limiters] })
export class LimitsModule {}
