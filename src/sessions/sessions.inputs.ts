import { Field, InputType } from '@nestjs/graphql';
import { Text } from '../common/text/text.js';

@InputType()
export class SignInInput {
  @Field(() => String, { description: 'The address of a local account, in any case.' })
  @Text({ min: 1, max: 320, trim: true })
  email: string;

  @Field(() => String)
  @Text({ min: 1, max: 256 })
  password: string;
}
