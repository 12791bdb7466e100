import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import { addressesOf, membersOf } from './facility/facilities.queries.js';
import { Facility, FacilityMember } from './facility/facility.entity.js';
import { MessageTo } from './message-to.js';
import { Study } from './study/study.entity.js';

@Injectable()
export class FacilitiesLoader {
  private readonly facilities = perContext<RequestContext, string, Facility>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Facility, { id: In(ids) })).map((one) => [one.id, one])),
  );

  private readonly studies = perContext<RequestContext, string, Study>(
    async (ids) => new Map((await this.dataSource.manager.findBy(Study, { id: In(ids) })).map((one) => [one.id, one])),
  );

  private readonly addresses = perContext<RequestContext, string, MessageTo>(async (ids) => {
    const rows = await addressesOf(this.dataSource, ids);
    return new Map(
      rows.map((row) => [row.message_id, Object.assign(new MessageTo(), { userId: row.recipient_id, facilityId: row.facility_id })]),
    );
  });

  private readonly members = perContext<RequestContext, string, FacilityMember[]>(async (ids) => {
    const rows = await membersOf(this.dataSource, ids);
    const found = rows.map((row) =>
      Object.assign(new FacilityMember(), { facilityId: row.facility_id, userId: row.user_id, role: row.role, fromAt: row.from_at }),
    );
    return Map.groupBy(found, (member) => member.facilityId);
  });

  constructor(private readonly dataSource: DataSource) {}

  facility(context: RequestContext, id: string): Promise<Facility | undefined> {
    return this.facilities(context).load(id);
  }

  /** To whom a message was addressed; undefined for one that was just said in its room. */
  address(context: RequestContext, messageId: string): Promise<MessageTo | undefined> {
    return this.addresses(context).load(messageId);
  }

  study(context: RequestContext, id: string): Promise<Study | undefined> {
    return this.studies(context).load(id);
  }

  async membersOf(context: RequestContext, facilityId: string): Promise<FacilityMember[]> {
    return (await this.members(context).load(facilityId)) ?? [];
  }
}
