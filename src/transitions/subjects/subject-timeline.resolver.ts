import { Args, Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { connect, decodeCursor, encodeCursor, ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { PerViewer } from '../../common/graphql/per-viewer.js';
import { Memberships } from '../../participants/membership/memberships.service.js';
import { Subject } from '../machine/subject.js';
import { storyAfter, SubjectTimeline, TimelineEntry } from './subject-timeline.js';
import { Transition } from '../log/transition.entity.js';
import { TransitionsLoader } from '../log/transitions.loader.js';

const isSequence = (value: string) => /^[0-9]{1,15}$/.test(value);

@Resolver(() => Subject)
export class SubjectTimelineResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly memberships: Memberships,
  ) {}

  @PerViewer()
  @ResolveField(() => SubjectTimeline, {
    description:
      'All that was said and done in its room, as far as you may see it, from the beginning or after a cursor. Of an order, GET /orders/<id>/timeline.jsonl is the same as JSON Lines.',
  })
  async timeline(
    @Parent() { roomId }: Subject,
    @Args() page: ForwardPageArgs,
    @Context() context: RequestContext,
  ): Promise<SubjectTimeline> {
    const size = pageSize(page.first);
    const [after = '0'] = page.after == null ? [] : decodeCursor(page.after, 'after', [isSequence]);
    const membership = await this.memberships.find({ id: roomId }, requireViewer(context));
    const from = Math.max(Number(after), membership?.horizon ?? Number.MAX_SAFE_INTEGER);
    const messages = await storyAfter(this.dataSource, roomId, from, size + 1);
    const entries = messages.slice(0, size).map((message) => new TimelineEntry(message));
    return connect(entries, ({ sequence }) => encodeCursor([String(sequence)]), {
      next: messages.length > size,
      previous: page.after != null,
    });
  }
}

/** A step is told by its message, and read with it. */
@Resolver(() => TimelineEntry)
export class TimelineEntryResolver {
  constructor(private readonly steps: TransitionsLoader) {}

  @ResolveField(() => Transition, { nullable: true, description: 'The step; null for what people said, and for notices.' })
  async transition(@Parent() { message }: TimelineEntry, @Context() context: RequestContext): Promise<Transition | null> {
    return (await this.steps.ofMessage(context, message.id)) ?? null;
  }
}
