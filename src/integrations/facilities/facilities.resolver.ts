import { Args, Context, Field, ID, Mutation, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DataSource, In } from 'typeorm';
import { CurrentViewer, type RequestContext, type Viewer } from '../../auth/context.js';
import { connect, Connection, decodeCursor, encodeCursor, ForwardPageArgs, pageSize } from '../../common/graphql/connection.js';
import { isId } from '../../common/values/ids.js';
import { isStorable } from '../../common/text/text.js';
import { Requires, RequiresPlatform, SignedIn } from '../../policy/permission.decorators.js';
import { PlatformRole } from '../../policy/roles.js';
import { Room } from '../../rooms/room/room.entity.js';
import { RoomsLoader } from '../../rooms/room/rooms.loader.js';
import { User } from '../../users/user.entity.js';
import { UsersLoader } from '../../users/users.loader.js';
import {
  AddFacilityMemberInput,
  CreateFacilityInput,
  RemoveFacilityMemberInput,
  UpdateFacilityInput,
} from './facility/facilities.inputs.js';
import { FacilitiesLoader } from './facilities.loader.js';
import { messageTargets, myFacilities, type TargetRow } from './facility/facilities.queries.js';
import { FacilitiesService } from './facility/facilities.service.js';
import { Facility, FacilityMember } from './facility/facility.entity.js';

const MAX_FACILITIES = 100;

@ObjectType({ description: 'Whom I may address with `sendMessageTo`: a facility or a person, never both.' })
export class MessageTarget {
  kind: TargetRow['kind'];
  id: string;

  @Field(() => String)
  name: string;
}

@ObjectType({ description: 'A page of targets: facilities first, then people, each by name.' })
export class MessageTargetConnection extends Connection(MessageTarget) {}

@Resolver(() => MessageTarget)
export class MessageTargetsResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly loader: FacilitiesLoader,
    private readonly users: UsersLoader,
  ) {}

  @SignedIn()
  @Query(() => MessageTargetConnection, {
    description: 'My facilities and the people there; for administrators of the platform all of them.',
  })
  async messageTargets(@CurrentViewer() viewer: Viewer, @Args() page: ForwardPageArgs): Promise<MessageTargetConnection> {
    const size = pageSize(page.first);
    const isKind = (text: string) => text === 'FACILITY' || text === 'PERSON';
    const after = page.after == null ? [] : decodeCursor(page.after, 'after', [isKind, isStorable, isId]);
    const isAdmin = viewer.platformRole === PlatformRole.ADMIN || viewer.platformRole === PlatformRole.SERVICE;
    const rows = await messageTargets(this.dataSource, { userId: viewer.userId, isAdmin }, after, size + 1);
    const nodes = rows.slice(0, size).map((row) => Object.assign(new MessageTarget(), row));
    return connect(nodes, ({ kind, name, id }) => encodeCursor([kind, name, id]), {
      next: rows.length > size,
      previous: page.after != null,
    });
  }

  @ResolveField(() => Facility, { nullable: true, description: 'Null for a person.' })
  facility(@Parent() { kind, id }: MessageTarget, @Context() context: RequestContext) {
    return kind === 'FACILITY' ? this.loader.facility(context, id) : null;
  }

  @ResolveField(() => User, { nullable: true, description: 'Null for a facility.' })
  user(@Parent() { kind, id }: MessageTarget, @Context() context: RequestContext) {
    return kind === 'PERSON' ? this.users.load(context, id) : null;
  }
}

@Resolver(() => Facility)
export class FacilitiesResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly service: FacilitiesService,
    private readonly loader: FacilitiesLoader,
    private readonly rooms: RoomsLoader,
  ) {}

  @Requires('room.read', { table: 'facilities', argument: 'id' })
  @Query(() => Facility, { description: 'For those who belong to it. NOT_FOUND for everybody else.' })
  facility(@Args('id', { type: () => ID }) id: string) {
    return this.dataSource.manager.findOneByOrFail(Facility, { id });
  }

  @SignedIn()
  @Query(() => [Facility], { name: 'myFacilities', description: 'To which I belong, by name: the first 100.' })
  async mine(@CurrentViewer() viewer: Viewer): Promise<Facility[]> {
    const ids = await myFacilities(this.dataSource, viewer.userId, MAX_FACILITIES);
    return ids.length === 0 ? [] : this.dataSource.manager.find(Facility, { where: { id: In(ids) }, order: { name: 'ASC', id: 'ASC' } });
  }

  @RequiresPlatform(PlatformRole.ADMIN, PlatformRole.SERVICE)
  @Mutation(() => Facility, { description: 'With its main room. The same `externalRef` is the same facility.' })
  createFacility(@CurrentViewer() viewer: Viewer, @Args('input') input: CreateFacilityInput) {
    return this.service.create(viewer, input);
  }

  @RequiresPlatform(PlatformRole.ADMIN, PlatformRole.SERVICE)
  @Mutation(() => Facility, {
    description:
      'Renames it, closes it down, or opens it again. Its people stay its people. Rooms that nobody has named go by the new name: the main one at once, those of its studies within moments.',
  })
  updateFacility(@CurrentViewer() viewer: Viewer, @Args('input') input: UpdateFacilityInput) {
    return this.service.update(viewer, input);
  }

  @Requires('room.read', { table: 'facilities', argument: 'facilityId' })
  @Mutation(() => Facility, {
    description:
      'Gives them a seat in the main room; who belongs to it already gets this role. By its FACILITY_ADMIN or the platform. 50 people at most.',
  })
  addFacilityMember(@CurrentViewer() viewer: Viewer, @Args('input') input: AddFacilityMemberInput) {
    return this.service.add(viewer, input);
  }

  @Requires('room.read', { table: 'facilities', argument: 'facilityId' })
  @Mutation(() => Facility, { description: 'Takes their seats in all rooms of the facility. By its FACILITY_ADMIN or the platform.' })
  removeFacilityMember(@CurrentViewer() viewer: Viewer, @Args('input') input: RemoveFacilityMemberInput) {
    return this.service.remove(viewer, input);
  }

  @ResolveField(() => Room, { description: 'The main room.' })
  room(@Parent() facility: Facility, @Context() context: RequestContext) {
    return this.rooms.room(context, facility.roomId);
  }

  @ResolveField(() => [FacilityMember], { description: 'Who belongs to it now, in the order in which they came.' })
  members(@Parent() facility: Facility, @Context() context: RequestContext) {
    return this.loader.membersOf(context, facility.id);
  }
}

@Resolver(() => FacilityMember)
export class FacilityMembersResolver {
  constructor(private readonly users: UsersLoader) {}

  @ResolveField(() => User)
  user(@Parent() member: FacilityMember, @Context() context: RequestContext) {
    return this.users.load(context, member.userId);
  }
}
