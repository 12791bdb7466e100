import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ParleyError } from '../../../common/errors/errors.js';
import type { Metadata } from '../../../timeline/log/message.entity.js';
import type { Actor } from '../../../transitions/machine/machine.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { Dispute } from '../../disputes/dispute/dispute.entity.js';
import { DesiredOutcome, DisputeContextKind, DisputeOutcome, DisputeParty, DisputeReason } from '../../disputes/dispute/dispute.enums.js';
import { disputeMachine } from '../../disputes/machine/dispute.machine.js';
import { isOver } from '../../disputes/dispute/dispute.rules.js';
import { evidenceOfInput } from '../../disputes/disputes.inputs.js';
import { DisputesService } from '../../disputes/disputes.service.js';
import { currency, instant, minor, text, uuid } from '../receiving/envelope.js';
import { beginning, InboundHandlers, NotYet, payload } from '../receiving/handlers.js';
import { People, person } from './people.js';
import { about, isAboutOne, NOT_ABOUT_ONE, Things } from './things.js';

const evidence = z.object({ messageIds: z.array(uuid).max(100).default([]), statement: text(8_000).nullish() });

const claim = about
  .extend({
    openedBy: person,
    against: person,
    reason: z.enum(DisputeReason),
    desired: z.enum(DesiredOutcome),
    amountMinor: minor.nullish(),
    currency: currency.nullish(),
    authority: z.enum(Authority).default(Authority.PARLEY),
  })
  .extend(evidence.shape)
  .refine(isAboutOne, NOT_ABOUT_ONE);

const offer = z.object({
  onBehalfOf: z.enum(DisputeParty),
  amountMinor: minor.nullish(),
  terms: text(2_000).nullish(),
  expiresAt: instant.nullish(),
});
const verdict = z.object({
  outcome: z.enum([DisputeOutcome.CLAIMANT, DisputeOutcome.RESPONDENT, DisputeOutcome.SPLIT]),
  awardedMinor: minor.nullish(),
});

/** Evidence is not lost because a decision was faster. With a step that only the host takes in its own disputes it comes from there alone. */
const handedIn = (isStep: boolean) =>
  payload(evidence, (told) => evidenceOfInput(told).payload, {
    confide: (told) => evidenceOfInput(told).confidential ?? {},
    isMissed: true,
    late: {
      keptBy: ({ authority }, { payload: ids = {}, confidential = {} }) => {
        const isEvidence = (ids['messageIds'] as string[]).length > 0 || confidential['statement'] !== undefined;
        return isEvidence && (!isStep || authority === 'HOST') ? 'add_evidence' : null;
      },
    },
  });
/** Which offer: by its amount, where several may follow each other. */
const ofOffer = payload(z.object({ amountMinor: minor.optional() }), (told): Metadata => told, { isMissed: true });
const decision = payload(verdict, ({ outcome, awardedMinor = null }): Metadata => ({ outcome, awardedMinor }));

/** What systems tell of disputes. Beyond the opening they decide only where the host does: the machine says so. */
@Injectable()
export class DisputeEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly people: People,
    private readonly things: Things,
    private readonly disputes: DisputesService,
    handlers: InboundHandlers,
  ) {
    handlers.add({
      machine: disputeMachine,
      beginnings: { open: beginning({ schema: claim, begin: (...told) => this.open(...told) }) },
      payloads: {
        ...{ respond: handedIn(true), add_evidence: handedIn(false), submit_evidence: handedIn(true), appeal: handedIn(true) },
        ...{ accept_offer: ofOffer, decline_offer: ofOffer, withdraw_offer: ofOffer },
        ...{ decide: decision, overturn: decision },
        offer: payload(offer, ({ onBehalfOf, amountMinor = null, terms = null, expiresAt }) => ({
          ...{ onBehalfOf, amountMinor, terms },
          expiresAt: expiresAt?.toISOString() ?? null,
        })),
        assign: payload(z.object({ mediator: person }), async ({ mediator }) => ({
          userId: await people.idOf(mediator, 'data.mediator'),
        })),
        ask_evidence: payload(z.object({ from: z.enum(DisputeParty), dueAt: instant.nullish() }), ({ from, dueAt }) => ({
          from,
          dueAt: dueAt?.toISOString() ?? null,
        })),
      },
    });
  }

  private async open(actor: Actor, externalRef: string, told: z.output<typeof claim>): Promise<unknown> {
    const openedBy = await this.people.idOf(told.openedBy, 'data.openedBy');
    const against = await this.people.idOf(told.against, 'data.against');
    const { roomId, context } = await this.things.placeOf(told, [openedBy, against]);
    const contextKind = Object.values(DisputeContextKind).find((kind) => kind === context?.kind.toUpperCase()) ?? DisputeContextKind.ROOM;
    const { reason, desired, amountMinor, currency, messageIds, statement, authority } = told;
    const claimed = { reason, desired, amountMinor, currency, messageIds, statement, authority };
    const plan = { ...claimed, roomId, contextKind, contextId: context?.id ?? null, openedBy, against, externalRef };
    return this.disputes.create(actor, plan).catch(async (error: unknown) => {
      throw (await this.isBlocked(error)) ? new NotYet([`room:${roomId}`], 'CONFLICT', (error as Error).message) : error;
    });
  }

  /** Another one about the same has to end first. */
  private async isBlocked(error: unknown): Promise<boolean> {
    const id = error instanceof ParleyError && error.code === 'CONFLICT' ? error.extensions['disputeId'] : null;
    const other = typeof id === 'string' ? await this.dataSource.manager.findOneBy(Dispute, { id }) : null;
    return other !== null && !isOver(other.status);
  }
}
