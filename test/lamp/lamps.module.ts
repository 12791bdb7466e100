import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Machines } from '../../src/transitions/machine/machines.js';
import { TransitionsModule } from '../../src/transitions/transitions.module.js';
import { Lamp } from './lamp.entity.js';
import { lampMachine } from './lamp.machine.js';
import { LampsResolver, LampStream } from './lamps.resolver.js';

@Module({
  imports: [TypeOrmModule.forFeature([Lamp]), TransitionsModule],
  providers: [LampsResolver, LampStream],
})
export class LampsModule {
  constructor(machines: Machines) {
    machines.add(lampMachine);
  }
}
