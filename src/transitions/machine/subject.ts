import { Field, ID, InterfaceType, Int, registerEnumType } from '@nestjs/graphql';
import { Column, ForeignKey, PrimaryColumn } from 'typeorm';

export enum Authority {
  PARLEY = 'PARLEY',
  HOST = 'HOST',
}

registerEnumType(Authority, {
  name: 'Authority',
  description: 'Who moves a thing from state to state.',
  valuesMap: {
    PARLEY: { description: 'The calls of people, the host and timers move it, as the table of its states says.' },
    HOST: { description: 'Only the host moves it. What people ask for becomes a request, which the host carries out or does not.' },
  },
});

/** What the table of every subject has; `status` is the subject's own. */
@InterfaceType('Subject', {
  description:
    'A thing that a room is about and that has a state: an order, a payment, a dispute… It moves along the table in docs/machines.md.',
})
export abstract class Subject {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id: string;

  @Field(() => ID)
  @Column('uuid')
  @ForeignKey('Room')
  roomId: string;

  @Field(() => Int, {
    description:
      'Counts the steps. Give it back as `expectedVersion`, and a step that somebody else forestalled is refused: STALE_VERSION.',
  })
  @Column('int', { default: 1 })
  version: number;

  @Field(() => Authority)
  @Column('text', { default: Authority.PARLEY })
  authority: Authority;

  @Field(() => String, { nullable: true, description: "The host's own name for it; unique among things of its kind." })
  @Column('text', { nullable: true })
  externalRef: string | null;

  /** The version of the host's object that was merged last; an event that is not newer is stale. */
  @Column('bigint', { nullable: true })
  hostVersion: number | null;

  @Field(() => Date)
  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Field(() => Date, { description: 'Of its last step.' })
  @Column('timestamptz', { default: () => 'now()' })
  updatedAt: Date;

  abstract status: string;
}
