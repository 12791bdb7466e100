import { Field, ObjectType } from '@nestjs/graphql';

/** The answer to a sign-in. Who it is follows from `userId`: `users` adds the field. */
@ObjectType({ description: 'Access for a person who signed in here rather than with an identity provider.' })
export class Session {
  @Field(() => String, { description: 'For `Authorization: Bearer …`, 15 minutes long.' })
  accessToken: string;

  @Field(() => String, {
    description:
      'For one `refreshSession` within 30 days, which gives the next one. Used a second time, it ends the session for everybody.',
  })
  refreshToken: string;

  @Field(() => Date, { description: 'When the access token ends.' })
  expiresAt: Date;

  userId: string;
}
