import { z } from 'zod';
import { badInput } from '../../../common/errors/errors.js';
import { isCurrency, MAX_MINOR } from '../../../common/values/money.js';
import { isStorable } from '../../../common/text/text.js';
import { SignatureScheme } from './integration.entity.js';
import type { Verified } from './signatures.js';

export const text = (max: number) => z.string().trim().min(1).max(max).refine(isStorable, 'must be well-formed Unicode without NUL bytes');

const MAX_ID = 200;
const MAX_REASON = 500;

export const instant = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
/** Ours is upper or lower case; as PostgreSQL tells it. */
export const uuid = z.uuid().toLowerCase();

export const minor = z.int().min(1).max(MAX_MINOR);
export const currency = z.string().refine(isCurrency, 'must be a code of ISO 4217');

const data = z.looseObject({
  id: uuid.optional(),
  externalRef: text(MAX_ID).optional(),
  version: z.int().min(0).optional(),
  occurredAt: instant.optional(),
  reason: text(MAX_REASON).optional(),
});

const envelope = z.object({
  id: text(MAX_ID).optional(),
  type: z.string().regex(/^[a-z][a-z_]{0,39}\.[a-z][a-z_]{0,59}$/, 'must be like "order.accept"'),
  timestamp: instant.optional(),
  created: z
    .int()
    .min(0)
    .max(253_402_300_799)
    .transform((seconds) => new Date(seconds * 1000))
    .optional(),
  data,
});

/** What a system says has happened. */
export interface Envelope {
  externalId: string;
  type: string;
  aggregate: string;
  event: string;
  /** What it is about, as the system names it: by its own reference, or by our id. */
  ref: string;
  isOurId: boolean;
  version: number | null;
  occurredAt: Date;
  reason: string | null;
  data: Record<string, unknown>;
}

/** The first thing that is wrong, with its place. @throws BAD_USER_INPUT */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, at: string[] = []): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = [...at, ...(issue?.path ?? [])].map(String).join('.');
  throw badInput(place, `${place || 'The body'}: ${issue?.message ?? 'is not valid'}`);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw badInput('', 'The body is not JSON');
  }
}

/** @throws BAD_USER_INPUT with `field`, the place in the body */
export function readEnvelope(scheme: SignatureScheme, { text: body, id }: Verified): Envelope {
  const { type, data: told, ...rest } = parsed(envelope, jsonOf(body));
  const externalId = scheme === SignatureScheme.STANDARD ? parsed(text(MAX_ID), id, ['webhook-id']) : rest.id;
  if (externalId === undefined) throw badInput('id', 'id: this scheme carries the id of the event in its body');
  const occurredAt = told.occurredAt ?? rest.timestamp ?? rest.created;
  if (occurredAt === undefined) throw badInput('timestamp', 'timestamp: when it happened is needed (or data.occurredAt)');
  const ref = told.externalRef ?? told.id;
  if (ref === undefined) throw badInput('data.externalRef', 'data.externalRef: what it is about is needed (or data.id)');
  const [aggregate = '', event = ''] = type.split('.');
  return {
    ...{ externalId, type, aggregate, event, ref, occurredAt },
    isOurId: told.externalRef === undefined,
    version: told.version ?? null,
    reason: told.reason ?? null,
    data: told,
  };
}
