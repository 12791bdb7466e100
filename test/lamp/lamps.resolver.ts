import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type Viewer } from '../../src/auth/context.js';
import { newId } from '../../src/common/values/ids.js';
import type { Membership } from '../../src/participants/membership/membership.js';
import { Me } from '../../src/participants/membership/permission.guard.js';
import { Requires } from '../../src/policy/permission.decorators.js';
import { StepOf } from '../../src/transitions/machine/step-of.decorator.js';
import { subjectStream } from '../../src/transitions/subjects/subject-stream.resolver.js';
import { requestOf } from '../../src/transitions/transitions.inputs.js';
import { actorOf, Transitions } from '../../src/transitions/transitions.service.js';
import { Lamp } from './lamp.entity.js';
import { lampMachine } from './lamp.machine.js';
import { BreakLampInput, InstallLampInput, SwitchLampOffInput, SwitchLampOnInput } from './lamps.inputs.js';

const BY_ID = { table: 'lamps', argument: 'id' };
const BY_LAMP = { table: 'lamps', argument: 'lampId' };

@Resolver(() => Lamp)
export class LampsResolver {
  constructor(
    private readonly transitions: Transitions,
    private readonly dataSource: DataSource,
  ) {}

  @Requires('room.read', BY_ID)
  @Query(() => Lamp)
  lamp(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Lamp, { id });
  }

  @Requires('room.read')
  @Mutation(() => Lamp)
  installLamp(@Me() me: Membership, @Args('input') input: InstallLampInput) {
    const lamp = Object.assign(new Lamp(), { id: newId(), roomId: me.roomId, ownerId: me.userId });
    return this.transitions.begin(lampMachine, actorOf(me), requestOf('install', input), () => Promise.resolve(lamp));
  }

  @StepOf(() => Lamp, BY_LAMP, 'It gives light.')
  switchLampOn(@CurrentViewer() viewer: Viewer, @Args('input') input: SwitchLampOnInput) {
    return this.transitions.move(lampMachine, viewer, input.lampId, requestOf('switch_on', input));
  }

  @StepOf(() => Lamp, BY_LAMP, 'It gives none.')
  switchLampOff(@CurrentViewer() viewer: Viewer, @Args('input') input: SwitchLampOffInput) {
    return this.transitions.move(lampMachine, viewer, input.lampId, requestOf('switch_off', input));
  }

  @StepOf(() => Lamp, BY_LAMP, 'It never gives light again.')
  breakLamp(@CurrentViewer() viewer: Viewer, @Args('input') input: BreakLampInput) {
    return this.transitions.move(lampMachine, viewer, input.lampId, requestOf('break', input));
  }
}

export const LampStream = subjectStream(lampMachine, 'lampUpdated', 'lamps');
