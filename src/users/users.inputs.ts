import { Field, ID, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional, IsString } from 'class-validator';
import { Email, Text } from '../common/text/text.js';
import { PlatformRole } from '../policy/roles.js';

@InputType({ description: 'What is left out stays as it is, or is made up for a new person.' })
export class RegisterUserInput {
  @Field(() => ID, { description: "The host's own id of the person, exactly as `sub` in tokens." })
  @Text({ min: 1, max: 255 })
  externalId: string;

  @Field(() => String, { nullable: true, description: 'For a new person: the external id when left out.' })
  @IsOptional()
  @Text({ min: 1, max: 200, trim: true })
  displayName?: string | null;

  @Field(() => String, { nullable: true })
  @IsOptional()
  @Email()
  @Text({ min: 3, max: 320, trim: true })
  email?: string | null;

  @Field(() => PlatformRole, {
    nullable: true,
    description: 'For a new person: USER when left out. The next token of the host decides anew.',
  })
  @IsOptional()
  @IsEnum(PlatformRole)
  role?: PlatformRole | null;

  @Field(() => String, {
    nullable: true,
    description: 'Makes a local account that signs in with the address. A new password ends all sessions of the person.',
  })
  @IsOptional()
  @Text({ min: 10, max: 256 })
  password?: string | null;
}

@InputType()
export class DeactivateUserInput {
  @Field(() => ID)
  @IsString()
  userId: string;
}

@InputType()
export class ReactivateUserInput {
  @Field(() => ID)
  @IsString()
  userId: string;
}
