import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../../../auth/context.js';
import { perContext } from '../../../common/graphql/loader.js';
import { Appointment } from './appointment.entity.js';
import { newestOfRooms } from './appointments.queries.js';

/** Of one room. Who needs older ones asks for `appointments`. */
const MAX_OF_ROOM = 20;

@Injectable()
export class AppointmentsLoader {
  private readonly byId = perContext<RequestContext, string, Appointment>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Appointment, { id: In(ids) })).map((one) => [one.id, one])),
  );

  private readonly byOld = perContext<RequestContext, string, Appointment>(async (ids) => {
    const found = await this.dataSource.manager.findBy(Appointment, { rescheduledFromId: In(ids) });
    return new Map(found.map((one) => [one.rescheduledFromId!, one]));
  });

  private readonly byRoom = perContext<RequestContext, string, Appointment[]>(async (roomIds) => {
    const ids = await newestOfRooms(this.dataSource, roomIds, MAX_OF_ROOM);
    const found =
      ids.length === 0 ? [] : await this.dataSource.manager.find(Appointment, { where: { id: In(ids) }, order: { id: 'DESC' } });
    return Map.groupBy(found, (one) => one.roomId);
  });

  constructor(private readonly dataSource: DataSource) {}

  appointment(context: RequestContext, id: string): Promise<Appointment | undefined> {
    return this.byId(context).load(id);
  }

  movedFrom(context: RequestContext, id: string): Promise<Appointment | undefined> {
    return this.byOld(context).load(id);
  }

  async ofRoom(context: RequestContext, roomId: string): Promise<Appointment[]> {
    return (await this.byRoom(context).load(roomId)) ?? [];
  }
}
