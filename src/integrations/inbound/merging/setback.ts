import type { Connection } from '../../../database/sql.js';
import type { InboundStatus } from '../receiving/inbound-event.entity.js';
import { settleEvent } from '../receiving/inbound.queries.js';

/** Why an event does not come to pass; thrown where nothing of it may remain. */
export class Setback extends Error {
  constructor(
    readonly status: InboundStatus.STALE | InboundStatus.QUARANTINED,
    readonly code: string,
    message: string,
    readonly waitsFor: string[] | null = null,
    /** What is kept of what the event told, where that is not all. */
    readonly kept: Buffer | null = null,
  ) {
    super(message);
  }
}

/** @returns what has become of the event; null when somebody else has it */
export async function keepSetback(connection: Connection, eventId: string, setback: Setback, now: Date): Promise<InboundStatus | null> {
  const { status, code, message, waitsFor, kept } = setback;
  return (await settleEvent(connection, eventId, { status, now, code, error: message, waitsFor, raw: kept })) ? status : null;
}
