import { Context, Field, ObjectType, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/context.js';
import { Clock } from '../common/clock.js';
import { PerViewer } from '../common/graphql/per-viewer.js';
import { MembershipsLoader } from '../participants/membership/memberships.loader.js';
import { Room } from '../rooms/room/room.entity.js';
import { RoomsLoader } from '../rooms/room/rooms.loader.js';
import { Message, MessageKind } from '../timeline/log/message.entity.js';
import { User } from '../users/user.entity.js';
import { UsersLoader } from '../users/users.loader.js';
import { stepsFor, targetsOf } from './machine/machine.js';
import { Machines } from './machine/machines.js';
import { Subject } from './machine/subject.js';
import { Transition } from './log/transition.entity.js';
import { TransitionsLoader } from './log/transitions.loader.js';
import { actorOf } from './transitions.service.js';

@ObjectType({ description: 'A step that you could take now.' })
export class AllowedTransition {
  @Field(() => String, { description: 'As docs/machines.md names it. A mutation is named after it, or takes it as `event`.' })
  event: string;

  @Field(() => [String], { description: 'Where it would lead; several where that depends on what you say.' })
  to: string[];

  @Field(() => Boolean, { description: 'Without a `reason` it is refused: BAD_USER_INPUT.' })
  needsReason: boolean;
}

/** What every subject tells beyond its own row. */
@Resolver(() => Subject)
export class SubjectsResolver {
  constructor(
    private readonly machines: Machines,
    private readonly memberships: MembershipsLoader,
    private readonly rooms: RoomsLoader,
    private readonly loader: TransitionsLoader,
    private readonly clock: Clock,
  ) {}

  @ResolveField(() => Room, { description: 'Where it is talked about.' })
  room(@Parent() subject: Subject, @Context() context: RequestContext) {
    return this.rooms.room(context, subject.roomId);
  }

  @PerViewer()
  @ResolveField(() => [AllowedTransition], {
    description:
      'What you could do with it now, from the same table that the server asks. Under `authority` HOST: what you could ask the host for.',
  })
  async allowedTransitions(@Parent() subject: Subject, @Context() context: RequestContext): Promise<AllowedTransition[]> {
    const membership = await this.memberships.of(context, subject.roomId);
    if (!membership) return [];
    const steps = stepsFor(this.machines.of(subject), subject, actorOf(membership), this.clock.now());
    return steps.map((step) => {
      const targets = targetsOf(step);
      return { event: step.event, to: targets.length > 0 ? [...targets] : [subject.status], needsReason: step.needsReason ?? false };
    });
  }

  @PerViewer()
  @ResolveField(() => [Transition], { description: 'Its newest 100 steps, in their order, as far as you may see their messages.' })
  async transitions(@Parent() subject: Subject, @Context() context: RequestContext): Promise<Transition[]> {
    const membership = await this.memberships.of(context, subject.roomId);
    if (!membership) return [];
    const steps = await this.loader.ofSubject(context, this.machines.of(subject).name, subject.id);
    return steps.filter((step) => step.messageSequence > membership.horizon);
  }
}

@Resolver(() => Transition)
export class TransitionFieldsResolver {
  constructor(private readonly users: UsersLoader) {}

  @ResolveField(() => User, { nullable: true, description: 'Null for a timer, an event of the host, or what followed from another step.' })
  actor(transition: Transition, _: unknown, context: RequestContext) {
    return transition.actorId && this.users.load(context, transition.actorId);
  }
}

/** Kinds whose messages tell of no step. */
const WITHOUT_STEP: ReadonlySet<MessageKind> = new Set([MessageKind.TEXT, MessageKind.IMAGE, MessageKind.FILE, MessageKind.SYSTEM]);

@Resolver(() => Message)
export class MessageTransitionResolver {
  constructor(private readonly loader: TransitionsLoader) {}

  @ResolveField(() => Transition, { nullable: true, description: 'The step that this message tells of; null in what people say.' })
  async transition(message: Message, _: unknown, context: RequestContext): Promise<Transition | null> {
    if (WITHOUT_STEP.has(message.kind)) return null;
    return (await this.loader.ofMessage(context, message.id)) ?? null;
  }
}
