import { ECDH } from 'node:crypto';
import { Field, ID, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Min, ValidateBy, ValidateNested } from 'class-validator';
import { GraphQLFloat } from 'graphql';
import { Text } from '../../common/text/text.js';

const BASE64URL = { message: '$property must be in base64url' };

function isPoint(value: unknown): boolean {
  try {
    return typeof value === 'string' && ECDH.convertKey(value, 'prime256v1', 'base64url').length > 0;
  } catch {
    return false;
  }
}

/** Nothing can be encrypted for any other. */
const PointOfP256 = () =>
  ValidateBy({
    name: 'point',
    validator: { validate: isPoint, defaultMessage: (args) => `${args?.property} must be a public key of P-256` },
  });

@InputType({ description: 'With which a browser opens what it is sent.' })
export class PushKeysInput {
  @Field(() => String)
  @Matches(/^[\w-]{87}=?$/, BASE64URL)
  @PointOfP256()
  p256dh: string;

  @Field(() => String)
  @Matches(/^[\w-]{22}(==)?$/, BASE64URL)
  auth: string;
}

@InputType({ description: 'What `PushSubscription.toJSON()` gives in a browser.' })
export class PushSubscriptionInput {
  @Field(() => String)
  @Matches(/^[\x21-\x7e]{1,2000}$/, { message: 'endpoint must be an address' })
  endpoint: string;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Not looked at: a subscription ends when its push service says so.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  expirationTime?: number | null;

  @Field(() => PushKeysInput)
  @ValidateNested()
  @Type(() => PushKeysInput)
  keys: PushKeysInput;
}

@InputType({ description: 'A browser by its subscription, or an application by its token: one of the two.' })
export class RegisterDeviceInput {
  @Field(() => PushSubscriptionInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => PushSubscriptionInput)
  subscription?: PushSubscriptionInput | null;

  @Field(() => String, { nullable: true, description: 'The registration token of Firebase Cloud Messaging.' })
  @IsOptional()
  @Matches(/^[\w:-]{20,1000}$/, { message: 'fcmToken must be a registration token' })
  fcmToken?: string | null;

  @Field(() => String, { nullable: true, description: 'For people: "Firefox on the counter".' })
  @IsOptional()
  @Text({ min: 1, max: 100, trim: true })
  label?: string | null;
}

@InputType()
export class RemoveDeviceInput {
  @Field(() => ID)
  deviceId: string;
}
