import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import { DisputeBundle, DisputeEvidence, DisputeOffer } from './dispute/dispute-file.entity.js';
import { Dispute } from './dispute/dispute.entity.js';
import { disputesOfRooms } from './dispute/disputes.queries.js';

/** A room sees few of them in its life. */
export const MAX_DISPUTES = 50;

/** What hangs on disputes, for all of one execution at once. */
@Injectable()
export class DisputesLoader {
  private readonly byRoom = perContext<RequestContext, string, Dispute[]>(async (roomIds) => {
    const ids = await disputesOfRooms(this.dataSource, roomIds, MAX_DISPUTES);
    const disputes = ids.length > 0 ? await this.manager.find(Dispute, { where: { id: In(ids) }, order: { id: 'DESC' } }) : [];
    return Map.groupBy(disputes, ({ roomId }) => roomId);
  });

  private readonly offerLists = perContext<RequestContext, string, DisputeOffer[]>(async (ids) => {
    const offers = await this.manager.find(DisputeOffer, { where: { disputeId: In([...ids]) }, order: { id: 'ASC' } });
    return Map.groupBy(offers, ({ disputeId }) => disputeId);
  });

  private readonly evidenceLists = perContext<RequestContext, string, DisputeEvidence[]>(async (ids) => {
    const evidence = await this.manager.find(DisputeEvidence, { where: { disputeId: In([...ids]) }, order: { id: 'ASC' } });
    return Map.groupBy(evidence, ({ disputeId }) => disputeId);
  });

  private readonly bundles = perContext<RequestContext, string, DisputeBundle>(async (ids) => {
    const bundles = await this.manager.find(DisputeBundle, { where: { disputeId: In([...ids]) } });
    return new Map(bundles.map((bundle) => [bundle.disputeId, bundle]));
  });

  constructor(private readonly dataSource: DataSource) {}

  async ofRoom(context: RequestContext, roomId: string): Promise<Dispute[]> {
    return (await this.byRoom(context).load(roomId)) ?? [];
  }

  async offers(context: RequestContext, id: string): Promise<DisputeOffer[]> {
    return (await this.offerLists(context).load(id)) ?? [];
  }

  async evidence(context: RequestContext, id: string): Promise<DisputeEvidence[]> {
    return (await this.evidenceLists(context).load(id)) ?? [];
  }

  async bundle(context: RequestContext, id: string): Promise<DisputeBundle | null> {
    return (await this.bundles(context).load(id)) ?? null;
  }

  private get manager() {
    return this.dataSource.manager;
  }
}
