import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { Requires } from '../../policy/permission.decorators.js';
import { EscrowHold } from './payment/escrow-hold.entity.js';
import { Chargeback } from './settlement/chargeback.entity.js';
import { Refund } from './settlement/refund.entity.js';

const NOT_FOUND = 'NOT_FOUND also for one of a room that is not for you.';

/** What hangs on a payment, by its own id. */
@Resolver()
export class FundsResolver {
  constructor(private readonly dataSource: DataSource) {}

  @Requires('room.read', { table: 'refunds', argument: 'id' })
  @Query(() => Refund, { description: NOT_FOUND })
  refund(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Refund, { id });
  }

  @Requires('room.read', { table: 'chargebacks', argument: 'id' })
  @Query(() => Chargeback, { description: NOT_FOUND })
  chargeback(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Chargeback, { id });
  }

  @Requires('room.read', { table: 'escrow_holds', argument: 'id' })
  @Query(() => EscrowHold, { description: NOT_FOUND })
  escrow(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(EscrowHold, { id });
  }
}
