import { Field, ID, InputType } from '@nestjs/graphql';
import { KeyedInput, StepInput } from '../../src/transitions/transitions.inputs.js';

@InputType()
export class InstallLampInput extends KeyedInput {
  @Field(() => ID)
  roomId: string;
}

@InputType({ isAbstract: true })
class LampInput extends StepInput {
  @Field(() => ID)
  lampId: string;
}

@InputType()
export class SwitchLampOnInput extends LampInput {}

@InputType()
export class SwitchLampOffInput extends LampInput {}

@InputType()
export class BreakLampInput extends LampInput {}
