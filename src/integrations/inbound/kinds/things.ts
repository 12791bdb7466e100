import { Injectable } from '@nestjs/common';
import { DataSource, type FindOptionsWhere } from 'typeorm';
import { z } from 'zod';
import { lockRoom } from '../../../participants/membership/membership.js';
import type { Machine } from '../../../transitions/machine/machine.js';
import { Machines } from '../../../transitions/machine/machines.js';
import type { Subject } from '../../../transitions/machine/subject.js';
import { seatedOf } from '../../payments/payment/payments.queries.js';
import { text, uuid } from '../receiving/envelope.js';
import { NotYet } from '../receiving/handlers.js';

/** A thing, by the host's own name for it or by our id. */
export const thing = z.union([z.object({ externalRef: text(200) }), z.object({ id: uuid })], 'must be { "externalRef": … } or { "id": … }');
export type ThingRef = z.output<typeof thing>;

const KINDS = ['order', 'payment', 'job', 'appointment'] as const;
type Kind = (typeof KINDS)[number];

/** What something is about: exactly one of these (`isAboutOne`). */
export const about = z.object({
  order: thing.optional(),
  payment: thing.optional(),
  job: thing.optional(),
  appointment: thing.optional(),
  room: z.object({ id: uuid }).optional(),
});
export type About = z.output<typeof about>;

export const isAboutOne = (told: Partial<About>): boolean =>
  [...KINDS, 'room' as const].filter((kind) => told[kind] !== undefined).length === 1;
export const NOT_ABOUT_ONE = 'what it is about is needed: one thing, or its room';

/** Where it is talked about, and what it is; null for the room itself. */
export interface Place {
  roomId: string;
  context: { kind: Kind; id: string } | null;
}

/** Finds what events speak of beside their own subject. */
@Injectable()
export class Things {
  constructor(
    private readonly dataSource: DataSource,
    private readonly machines: Machines,
  ) {}

  /** @throws NotYet while there is none */
  async one<S extends Subject>({ name, entity }: Pick<Machine<S, string>, 'name' | 'entity'>, ref: ThingRef): Promise<S> {
    const found = await this.dataSource.manager.findOneBy(entity, ref as FindOptionsWhere<S>);
    if (!found) throw new NotYet([`${name}:${'id' in ref ? ref.id : ref.externalRef}`]);
    return found;
  }

  /** @throws NotYet while it is not there, or while one of these people has no seat there; NOT_FOUND for no room */
  async placeOf(told: Partial<About>, people: string[]): Promise<Place> {
    const place = await this.find(told);
    await this.dataSource.transaction(async (manager) => {
      // Whoever takes their seat by a step in this moment has it after that.
      await lockRoom(manager, place.roomId);
      const seated = await seatedOf(manager, place.roomId, people);
      if (people.some((id) => !seated.includes(id))) {
        throw new NotYet([`room:${place.roomId}`], 'CONFLICT', 'Somebody of them is not in the room yet');
      }
    });
    return place;
  }

  private async find(told: Partial<About>): Promise<Place> {
    const kind = KINDS.find((one) => told[one] !== undefined);
    if (!kind) return { roomId: told.room!.id, context: null };
    const { id, roomId } = await this.one(this.machines.named(kind), told[kind]!);
    return { roomId, context: { kind, id } };
  }
}
