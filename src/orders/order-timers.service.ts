import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { type Config, CONFIG } from '../config/config.js';
import { RoomStatus } from '../policy/roles.js';
import { setRoomStatus } from '../rooms/room/room-steps.js';
import { roomsByIds } from '../rooms/room/rooms.queries.js';
import type { TimelineTransaction } from '../timeline/timeline.service.js';
import { Deadlines } from '../transitions/deadlines/deadlines.service.js';
import { Order } from './order.entity.js';

const COMPLETE = 'event:complete';
const CLOSE = 'order.close';

const about = ({ roomId, id }: Order) => ({ roomId, aggregate: 'order', id });

/** What happens to orders by itself and is no step of theirs. */
@Injectable()
export class OrderTimers {
  constructor(
    private readonly deadlines: Deadlines,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    deadlines.handle(CLOSE, (tx, { aggregateId }) => this.close(tx, aggregateId));
  }

  /**
   * While something about an order is in dispute it is not completed, and its room not closed. Under the lock of the room; afterwards
   * the time to complain begins anew.
   */
  async hold(tx: TimelineTransaction, orderId: string, isHeld: boolean): Promise<void> {
    const order = await tx.manager.findOneByOrFail(Order, { id: orderId });
    if (order.isHeld === isHeld) return;
    await tx.manager.update(Order, { id: orderId }, { isHeld });
    if (isHeld) await this.deadlines.drop(tx.manager, about(order), (task) => task === COMPLETE);
    else if (order.status === 'DELIVERED' && order.authority === 'PARLEY') {
      await this.deadlines.set(tx.manager, about(order), COMPLETE, this.in(this.config.orderCompleteMs));
    }
  }

  private async close(tx: TimelineTransaction, orderId: string): Promise<void> {
    const order = await tx.manager.findOneByOrFail(Order, { id: orderId });
    if (order.isHeld) {
      await this.deadlines.set(tx.manager, about(order), CLOSE, this.in(this.config.orderCloseMs));
      return;
    }
    const [room] = await roomsByIds(tx.manager, [order.roomId]);
    if (room?.status === RoomStatus.OPEN) await setRoomStatus(tx, room.id, RoomStatus.CLOSED, null, 'the order is over');
  }

  private in(ms: number): Date {
    return new Date(this.clock.now().getTime() + ms);
  }
}
