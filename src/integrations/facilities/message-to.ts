import { ObjectType } from '@nestjs/graphql';

/** As the table keeps it: exactly one of the two. */
@ObjectType('MessageAddress', { description: 'To whom a message was addressed that went by `sendMessageTo`: exactly one of the two.' })
export class MessageTo {
  userId: string | null;
  facilityId: string | null;
}
