import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { notFound, ParleyError } from '../../common/errors/errors.js';
import { Hubs } from '../../live/hub/hubs.js';
import { RoomLog } from '../../live/hub/log.js';
import { MappedStream } from '../../live/mapped-stream.js';
import { Resync, RoomStream, type StreamItem } from '../../live/stream.js';
import type { Membership } from '../../participants/membership/membership.js';
import { Memberships } from '../../participants/membership/memberships.service.js';
import { MessageAdded } from '../../timeline/log/entry.js';
import type { Machine } from '../machine/machine.js';
import type { Subject } from '../machine/subject.js';

type Envelope = Record<string, (args: unknown, context: RequestContext) => Promise<Subject>>;

/** The log of a room as one of its things sees it. What is told is read when it is told, so nothing is lost between two of them. */
@Injectable()
export class SubjectStreams {
  constructor(
    private readonly hubs: Hubs,
    private readonly log: RoomLog,
    private readonly dataSource: DataSource,
    private readonly memberships: Memberships,
  ) {}

  /**
   * The thing as it is now, and again after each of its steps, as the value of a subscription's `field`.
   *
   * @param partsName under which the steps of its parts name it; null where it has none that are told with it
   */
  async open<S extends Subject>(
    machine: Machine<S, string>,
    me: Membership,
    id: string,
    field: string,
    partsName: string | null = null,
  ): Promise<MappedStream<StreamItem, Envelope>> {
    const { head } = await this.log.read(me.roomId, Number.MAX_SAFE_INTEGER, 1);
    const told: Envelope[] = [{ [field]: (_, context) => this.present(machine, me.roomId, id, context) }];
    const isStep = ({ metadata }: MessageAdded['message']) =>
      (metadata?.['aggregate'] === machine.name && metadata['aggregateId'] === id) || (partsName !== null && metadata?.[partsName] === id);
    const stream = new RoomStream(this.hubs, this.log, me.roomId, me, head);
    return new MappedStream(
      stream,
      (item) => {
        if (item instanceof Resync) throw new ParleyError('UNAVAILABLE', 'This stream could not keep up: subscribe again');
        return item instanceof MessageAdded && isStep(item.message) ? told : [];
      },
      told,
    );
  }

  /** A listener may be slow, and their access over by then. */
  private async present<S extends Subject>(
    machine: Machine<S, string>,
    roomId: string,
    id: string,
    context: RequestContext,
  ): Promise<Subject> {
    const [subject, hasAccess] = await Promise.all([
      this.dataSource.manager.findOneBy<Subject>(machine.entity, { id }),
      this.memberships.has(roomId, requireViewer(context)),
    ]);
    if (!subject || !hasAccess) throw notFound();
    return subject;
  }
}
