import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Column, ForeignKey } from 'typeorm';
import { Subject } from '../../../transitions/machine/subject.js';

/** What somebody is to money: by the row, not by their role in the room. */
export type Party = 'PAYER' | 'PAYEE';

/** Money between two people of a room, and whatever happens to it. */
@ObjectType({ isAbstract: true })
export abstract class Funds extends Subject {
  @Column('uuid')
  @ForeignKey('User')
  payerId: string;

  @Column('uuid')
  @ForeignKey('User')
  payeeId: string;

  @Field(() => GraphQLSafeInt, { description: 'In the smallest unit of the currency (cents).' })
  @Column('bigint')
  amountMinor: number;

  @Field(() => String, { description: 'Of ISO 4217: "EUR".' })
  @Column('text')
  currency: string;
}

export function partiesOf({ payerId, payeeId }: Funds, userId: string): readonly Party[] {
  if (userId === payerId) return ['PAYER'];
  return userId === payeeId ? ['PAYEE'] : [];
}
