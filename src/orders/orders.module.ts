import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { Machines } from '../transitions/machine/machines.js';
import { TransitionsModule } from '../transitions/transitions.module.js';
import { Order } from './order.entity.js';
import { orderMachine } from './order.machine.js';
import { OrderExportController } from './order-export.controller.js';
import { OrderTimers } from './order-timers.service.js';
import { OrdersLoader } from './orders.loader.js';
import { OrderFieldsResolver, OrdersResolver, OrderStream, RoomOrderResolver } from './orders.resolver.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Order]), AuthModule, TransitionsModule],
  controllers: [OrderExportController],
  providers: [OrdersService, OrderTimers, OrdersLoader, OrdersResolver, OrderFieldsResolver, OrderStream, RoomOrderResolver],
  exports: [OrdersService, OrderTimers, OrdersLoader, TransitionsModule],
})
export class OrdersModule {
  constructor(machines: Machines) {
    machines.add(orderMachine);
  }
}
