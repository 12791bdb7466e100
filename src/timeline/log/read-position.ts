import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { PassingState } from '../../live/hub/log.js';

/** Somebody has cleared their history: streams of theirs that are open show less from now on. */
export class HistoryCleared implements PassingState {
  constructor(
    readonly userId: string,
    readonly hidesUpTo: number,
  ) {}
}

/** What somebody alone sees of a room has changed: their inboxes tell them, and nobody else hears of it. */
export class OwnSideChanged implements PassingState {
  readonly isPrivate = true;

  constructor(readonly userId: string) {}
}

@ObjectType({
  description:
    'How far somebody has read. Positions are state, not history: a stream tells the present ones when it goes live, then each advance.',
})
export class ReceiptAdvanced implements PassingState {
  @Field(() => ID)
  readonly userId: string;

  @Field(() => Int, { description: 'They have read everything up to this sequence; 0 while they hide it.' })
  readonly lastReadSequence: number;

  @Field(() => Int, { description: 'Everything up to this sequence has reached one of their devices.' })
  readonly lastDeliveredSequence: number;

  readonly positions: readonly number[];

  /** What is hidden leaves the node as little as the database. */
  constructor(userId: string, lastReadSequence: number, lastDeliveredSequence: number, isReadingHidden = false) {
    this.userId = userId;
    this.lastReadSequence = isReadingHidden ? 0 : lastReadSequence;
    this.lastDeliveredSequence = lastDeliveredSequence;
    this.positions = [this.lastReadSequence, lastDeliveredSequence];
  }
}
