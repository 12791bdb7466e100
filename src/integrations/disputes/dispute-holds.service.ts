import { Injectable } from '@nestjs/common';
import { Order } from '../../orders/order.entity.js';
import { OrderTimers } from '../../orders/order-timers.service.js';
import { isHeld } from '../../rooms/room/room-steps.js';
import type { Move } from '../../transitions/machine/machine.js';
import { Machines } from '../../transitions/machine/machines.js';
import { isOver } from './dispute/dispute.rules.js';

/** The order of a room waits as long as anything in the room is in dispute. */
@Injectable()
export class DisputeHolds {
  constructor(
    machines: Machines,
    private readonly orders: OrderTimers,
  ) {
    machines.observe('dispute', (move) => this.follow(move));
  }

  /** The dispute has held or freed its room already, in this transaction. */
  private async follow({ tx, manager, subject, from, to }: Move): Promise<void> {
    if (from !== null && !isOver(to)) return;
    const held = await isHeld(manager, subject.roomId);
    for (const order of await manager.findBy(Order, { roomId: subject.roomId })) {
      if (order.isHeld !== held) await this.orders.hold(tx, order.id, held);
    }
  }
}
