import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { badInput, notFound, ParleyError } from '../../common/errors/errors.js';
import { isId } from '../../common/values/ids.js';
import type { Connection } from '../../database/sql.js';
import { findMembership, lockRoom, type Membership, type Person } from '../../participants/membership/membership.js';
import { Participant } from '../../participants/seats/participant.entity.js';
import { bringIn } from '../../participants/seats/seats.js';
import { MessagesService } from '../../messages/messages.service.js';
import { ParticipantRole, ParticipantStatus } from '../../policy/roles.js';
import { directKeyOf } from '../../rooms/room/direct-rooms.js';
import { RoomKind, RoomVisibility } from '../../rooms/room/room.entity.js';
import { openRoom } from '../../rooms/room/room-steps.js';
import { lockRoomByPair } from '../../rooms/room/rooms.queries.js';
import { type Message, MessageKind } from '../../timeline/log/message.entity.js';
import { Timeline, type TimelineTransaction } from '../../timeline/timeline.service.js';
import type { SendMessageToInput } from './facility/facilities.inputs.js';
import { isActive, roleIn, shareFacility } from './facility/facilities.queries.js';
import { runsPlatform } from './facility/facilities.service.js';
import { Facility } from './facility/facility.entity.js';
import { Study } from './study/study.entity.js';

const mayAddress = async (connection: Connection, facilityId: string, person: Person): Promise<boolean> =>
  (await isActive(connection, facilityId)) && (runsPlatform(person) || (await roleIn(connection, facilityId, person.userId)) !== null);

/** Messages to somebody, or to a facility: they land in the one room for it. */
@Injectable()
export class AddressedMessages {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
    private readonly messages: MessagesService,
  ) {}

  /** @throws BAD_USER_INPUT (both or neither), NOT_FOUND (not for you to address), and what `sendMessage` throws */
  async send(person: Person, input: SendMessageToInput): Promise<Message> {
    const { content, clientId = null } = input;
    const [recipientId = null, facilityId = null] = [input.recipientId, input.facilityId].map((id) => id?.toLowerCase());
    if ((recipientId === null) === (facilityId === null)) {
      throw badInput('input.recipientId', 'Address a person or a facility: exactly one of the two');
    }
    const study = input.studyId == null ? null : await this.studyFor(person, input.studyId);
    const roomId = recipientId === null ? await this.roomOf(person, facilityId!, study) : await this.roomWith(person, recipientId, study);
    const me = await this.enter(person, roomId);
    const metadata = study ? { studyId: study.id } : null;
    return this.messages.send(me, { roomId, kind: MessageKind.TEXT, content, clientId, metadata }, { recipientId, facilityId });
  }

  private async enter(person: Person, roomId: string): Promise<Membership> {
    const me = await findMembership(this.dataSource, { id: roomId }, person);
    if (!me) throw notFound();
    me.require('message.send');
    return me;
  }

  /** One that they may see. */
  private async studyFor(person: Person, id: string): Promise<Study> {
    const study = isId(id) ? await this.dataSource.manager.findOneBy(Study, { id }) : null;
    if (!study || !(await findMembership(this.dataSource, { id: study.roomId }, person))) throw notFound();
    return study;
  }

  private async roomOf(person: Person, facilityId: string, study: Study | null): Promise<string> {
    const facility = isId(facilityId) ? await this.dataSource.manager.findOneBy(Facility, { id: facilityId }) : null;
    if (!facility || !(await mayAddress(this.dataSource, facility.id, person))) throw notFound();
    if (study && study.facilityId !== facility.id) throw badInput('input.studyId', 'This is a study of another facility');
    const roomId = study?.roomId ?? facility.roomId;
    // The room of a study is for those who were let in.
    if (roomId === facility.roomId) await this.timeline.commit((tx) => this.takeSeat(tx, facility, person));
    return roomId;
  }

  private async takeSeat(tx: TimelineTransaction, { id, roomId }: Facility, person: Person): Promise<void> {
    await lockRoom(tx.manager, roomId);
    // Once more, under the lock that whoever ends a membership or the facility holds: they may have done so since.
    if (!(await mayAddress(tx.manager, id, person))) throw notFound();
    const role = runsPlatform(person) ? ParticipantRole.ADMIN : ParticipantRole.FACILITY_STAFF;
    await bringIn(tx, roomId, { userId: person.userId, role }, person.userId);
  }

  private async roomWith(person: Person, otherId: string, study: Study | null): Promise<string> {
    const { userId } = person;
    if (!isId(otherId)) throw notFound();
    if (otherId === userId) throw badInput('input.recipientId', 'A message needs somebody else');
    if (!runsPlatform(person) && !(await shareFacility(this.dataSource, userId, otherId))) throw notFound();
    if (study && !(await this.maySee(otherId, study)))
      throw new ParleyError('FORBIDDEN', 'This study is not for them', { field: 'input.studyId' });
    return this.timeline.commit((tx) => this.direct(tx, [userId, otherId]));
  }

  private async maySee(userId: string, { roomId }: Study): Promise<boolean> {
    return (
      (await this.dataSource.manager.countBy(Participant, {
        roomId,
        userId,
        status: In([ParticipantStatus.ACTIVE, ParticipantStatus.MUTED]),
      })) > 0
    );
  }

  /** The same room that `openDirectRoom` gives, with the roles that it gives: neither runs it. Who has left it and writes again is back in it, and so is the other. */
  private async direct(tx: TimelineTransaction, [own, other]: [string, string]): Promise<string> {
    const pairKey = directKeyOf(own, other);
    const people = [own, other].map((userId) => ({ userId, role: ParticipantRole.CLIENT }));
    const settings = { kind: RoomKind.DIRECT, visibility: RoomVisibility.PRIVATE, title: null, maxParticipants: 2, isSensitive: false };
    const existing = await lockRoomByPair(tx.manager, pairKey);
    const opened = existing ? null : await openRoom(tx, { ...settings, pairKey, people }, own);
    const roomId = existing ?? opened ?? (await lockRoomByPair(tx.manager, pairKey));
    if (roomId === null) throw new ParleyError('CONFLICT');
    if (opened === null) for (const one of people) await bringIn(tx, roomId, one, own);
    return roomId;
  }
}
