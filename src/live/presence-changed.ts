import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { PassingState } from './hub/log.js';

@ObjectType({
  description:
    'Somebody has come online, gone offline, or begun or stopped to hide it. Ask for `participants { user { isOnline } }` when the stream is live; from then on nothing is missed, though the same may be told twice.',
})
export class PresenceChanged implements PassingState {
  @Field(() => ID)
  readonly userId: string;

  @Field(() => Boolean, { nullable: true, description: 'As `User.isOnline`; null when they hide it.' })
  readonly isOnline: boolean | null;

  @Field(() => Date, { nullable: true, description: 'As `User.lastSeenAt`; null when they hide it.' })
  readonly lastSeenAt: Date | null;

  constructor(userId: string, isOnline: boolean | null, lastSeenAt: Date | null) {
    this.userId = userId;
    this.isOnline = isOnline;
    this.lastSeenAt = lastSeenAt;
  }
}
