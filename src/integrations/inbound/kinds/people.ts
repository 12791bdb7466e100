import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { badInput } from '../../../common/errors/errors.js';
import { User } from '../../../users/user.entity.js';
import { text, uuid } from '../receiving/envelope.js';

/** Somebody, by our id or by the host's own (`sub` of their tokens). */
export const person = z.union([z.object({ id: uuid }), z.object({ externalId: text(200) })], 'must be { "externalId": … } or { "id": … }');
export type PersonRef = z.output<typeof person>;

@Injectable()
export class People {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws BAD_USER_INPUT */
  async idOf(ref: PersonRef, field: string): Promise<string> {
    const user = await this.dataSource.getRepository(User).findOne({ where: ref, select: { id: true } });
    if (!user) throw badInput(field, `${field}: there is no such person`);
    return user.id;
  }
}
