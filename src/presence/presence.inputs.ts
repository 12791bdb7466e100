import { Field, InputType } from '@nestjs/graphql';
import { RoomInput } from '../participants/participants.inputs.js';

@InputType()
export class SetTypingInput extends RoomInput {
  @Field(() => Boolean, { description: 'True every few seconds while I type; it ends by itself 6 seconds after the last time.' })
  isTyping: boolean;
}

@InputType()
export class UpdatePresenceInput {
  @Field(() => Boolean, { description: 'True: nobody sees whether I am online, and when I was.' })
  isHidden: boolean;
}
